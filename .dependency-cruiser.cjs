/** Imports run one way (ARCHITECTURE.md, Rooms); adapters never import each other. */
const rooms = {
  domain: [],
  contracts: ['domain'],
  config: ['domain', 'contracts'],
  db: ['domain', 'contracts'],
  delivery: ['domain', 'contracts'],
  local: ['domain', 'contracts'],
  // What programs ask of a running system.
  client: ['domain', 'contracts', 'db'],
  worker: ['domain', 'contracts', 'config', 'db', 'delivery', 'client'],
  api: ['domain', 'contracts', 'config', 'db', 'delivery', 'client'],
  // The commands `worker` and `api` run these in their own process.
  cli: ['domain', 'contracts', 'config', 'db', 'delivery', 'client', 'local', 'worker', 'api'],
};
const roomRules = Object.entries(rooms).map(([room, allowed]) => ({
  name: `${room}-imports`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: {
    path: '^(src|workflows|activities)/',
    pathNot: [
      `^src/(${[room, ...allowed].join('|')})/`,
      ...(room === 'worker' ? ['^activities/', '^workflows/'] : []),
    ],
  },
}));

module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: '^src/domain/(time-zone|xxhash32)\\.ts$' },
      to: { path: '^node_modules/|^node:', dependencyTypesNot: ['local'] },
    },
    {
      name: 'workflows-import-no-code-but-rules',
      comment: "Temporal's bundler does not notice a workflow that calls an activity's code directly.",
      severity: 'error',
      from: { path: '^workflows/' },
      to: {
        path: '.',
        pathNot: [
          '^workflows/',
          '^src/(domain|contracts)/',
          '^node_modules/@temporalio/workflow/',
          '^node_modules/@temporalio/common/',
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'activities-imports',
      severity: 'error',
      from: { path: '^activities/' },
      to: { path: '^(src/(worker|api|cli|local)|workflows)/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'product-does-not-import-tests',
      severity: 'error',
      from: { pathNot: '^(test|bench)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'model-is-independent',
      severity: 'error',
      from: { path: '^test/model/' },
      to: { path: '^(src|workflows|activities)/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
