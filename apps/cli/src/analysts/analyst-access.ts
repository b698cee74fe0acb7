import { randomBytes } from 'node:crypto';
import { EVENT_TOPICS } from '#libs/contracts';
import {
  type AccessGrant,
  knownPrincipals,
  NoAuthorizerError,
  provideAccess,
  withdrawAccess,
} from '#libs/kafka';
import type { Settings } from '#libs/platform';
import { AnalystRoles, makePrisma, NoRoleAdministratorError, type PooledPrisma } from '#libs/postgres';

/** Keeps analysts apart from apps, whose principals have no such name. */
const PRINCIPAL_PREFIX = 'analyst-';
const NAME = /^[a-z][a-z0-9-]{0,31}$/;
export const ANALYST_NAME_RULE = '1 to 32 of a-z, 0-9 and -, beginning with a letter';

export const isAnalystName = (text: string): boolean => NAME.test(text);

export const principalOfAnalyst = (name: string): string => `${PRINCIPAL_PREFIX}${name}`;

/** Names of consumer groups begin so. No analyst's name has a dot, so nobody is in the groups of another. */
export const groupPrefixOf = (name: string): string => `${principalOfAnalyst(name)}.`;

/** Reading, which includes describing: the event topics, and consumer groups of one's own. */
export function grantsOfAnalyst(name: string): AccessGrant[] {
  const read = { principal: principalOfAnalyst(name), operation: 'READ' } as const;
  return [
    ...EVENT_TOPICS.map((topic) => ({ ...read, kind: 'topics', name: topic, isPrefix: false }) as const),
    { ...read, kind: 'groups', name: groupPrefixOf(name), isPrefix: true },
  ];
}

/** Where an analyst has access. */
export interface FoundAnalyst {
  readonly name: string;
  /** At the brokers, if it has a password or a right there. */
  readonly topics: {
    readonly principal: string;
    readonly hasPassword: boolean;
    readonly rights: number;
  } | null;
  readonly database: { readonly role: string } | null;
}

/** Which of the two places are meant. */
export interface AnalystPlaces {
  readonly topics: boolean;
  readonly database: boolean;
}

/** The access of analysts to the brokers and to the database. */
export class AnalystAccess {
  readonly #roles: AnalystRoles;

  private constructor(
    private readonly settings: Settings,
    private readonly places: AnalystPlaces,
    owner: PooledPrisma,
    administrator: PooledPrisma,
  ) {
    this.#roles = new AnalystRoles(owner.pool, administrator.pool);
  }

  /** @param places where it works */
  static async with<Result>(
    settings: Settings,
    places: AnalystPlaces,
    work: (access: AnalystAccess) => Promise<Result>,
  ): Promise<Result> {
    const { database } = settings;
    const owner = makePrisma({ ...database, poolSize: 1 });
    const administrator = makePrisma({ ...database, url: database.adminUrl, poolSize: 1 });
    try {
      return await work(new AnalystAccess(settings, places, owner, administrator)).catch(explain);
    } finally {
      await Promise.all([owner.$disconnect(), administrator.$disconnect()]);
    }
  }

  async list(): Promise<FoundAnalyst[]> {
    const { topics, database } = this.places;
    const principals = topics ? await knownPrincipals(this.settings.kafka) : [];
    const roles = database ? await this.#roles.list() : [];
    const found = new Map<string, FoundAnalyst>();
    for (const each of principals) {
      const name = each.principal.slice(PRINCIPAL_PREFIX.length);
      if (each.principal.startsWith(PRINCIPAL_PREFIX))
        found.set(name, { name, topics: each, database: null });
    }
    for (const { name, role } of roles)
      found.set(name, { name, topics: found.get(name)?.topics ?? null, database: { role } });
    return [...found.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** @throws if the analyst cannot be made here, before anything is done */
  async check(name: string): Promise<void> {
    if (this.places.topics && !this.settings.kafka.tls)
      throw new Error(
        'analysts log in over TLS alone: set KAFKA_TLS_ENABLED, or leave the topics out with --no-topics',
      );
    if (this.places.database) await this.#roles.check(name);
    const found = await this.list();
    if (found.some((each) => each.name === name))
      throw new Error(`there is an analyst ${name}: remove it first, if it is to have a new password`);
  }

  /** @returns the password, and the role at the database if it works there */
  async create(name: string): Promise<{ password: string; role: string | undefined }> {
    const password = randomBytes(24).toString('base64url');
    const made = this.places.database ? await this.#roles.create(name, password) : undefined;
    if (this.places.topics)
      await provideAccess(this.settings.kafka, {
        passwords: { [principalOfAnalyst(name)]: password },
        grants: grantsOfAnalyst(name),
      });
    return { password, role: made?.role };
  }

  /** @returns whether there was anything to remove */
  async remove(name: string): Promise<boolean> {
    const found = (await this.list()).find((each) => each.name === name);
    if (found?.topics) await withdrawAccess(this.settings.kafka, [principalOfAnalyst(name)]);
    if (found?.database) await this.#roles.remove(name);
    return found !== undefined;
  }
}

/** Says what to do where the server's own words do not. */
function explain(error: unknown): never {
  if (error instanceof NoAuthorizerError)
    throw new Error(
      `${error.message}. Start with "npm start -- --secure", set KAFKA_BROKERS to brokers with an authorizer, or leave the ` +
        'topics out with --no-topics',
      { cause: error },
    );
  if (error instanceof NoRoleAdministratorError)
    throw new Error(
      `${error.message}. Set DATABASE_ADMIN_URL to one that may, or leave the database out with --no-database`,
      { cause: error },
    );
  throw error;
}
