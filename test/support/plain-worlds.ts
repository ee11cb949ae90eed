/** Organizations with the shipped rules and the default configuration, as many as a test file needs, in one database. */
import { generateOrganization } from '../model/generate.ts';
import type { ModelInput } from '../model/types.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { PlanningWorld } from './planning-world.ts';

/** The today of each of them. */
export const AS_OF = '2027-03-01';

export interface PlainWorldOptions {
  readonly seed: number;
  readonly contacts: number;
  /** Default false. */
  readonly sandbox?: boolean;
  /** Default false. */
  readonly campaigns?: boolean;
}

export class PlainWorlds {
  readonly db: TestDatabase;
  private readonly name: string;
  private readonly opened: PlanningWorld[] = [];

  private constructor(db: TestDatabase, name: string) {
    this.db = db;
    this.name = name;
  }

  /** @param name how the names of its organizations begin */
  static async begin(name: string): Promise<PlainWorlds> {
    return new PlainWorlds(await createTestDatabase(), name);
  }

  get first(): PlanningWorld {
    return this.opened[0]!;
  }

  /** Closes them all, and drops the database. */
  async end(): Promise<void> {
    await Promise.all(this.opened.map((world) => world.close()));
    await this.db.drop();
  }

  /** @param edit what is different in this one */
  async create(
    { seed, contacts, sandbox = false, campaigns = false }: PlainWorldOptions,
    edit: (input: ModelInput) => ModelInput = (input) => input,
  ): Promise<PlanningWorld> {
    const plain = { rules: 'shipped', config: 'default', asOf: AS_OF, malformedDates: false } as const;
    const input = generateOrganization(seed, { ...plain, contacts, campaigns });
    return this.open(edit({ ...input, today: AS_OF }), { sandbox });
  }

  /** Of an input of one's own. */
  async open(input: ModelInput, { sandbox = false }: { sandbox?: boolean } = {}): Promise<PlanningWorld> {
    const name = `${this.name}-${this.opened.length + 1}`;
    const world = await PlanningWorld.create(this.db, input, { name, sandbox });
    this.opened.push(world);
    return world;
  }
}
