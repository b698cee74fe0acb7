import type { PooledPrisma } from '#libs/postgres';
import type {
  AnyDeadLetter,
  DeadLetterFilter,
  DeadLetterPlace,
  DeadLetterScan,
  DeadLetterSource,
  ErrorCount,
} from '../core/index.js';

type Database = Pick<PooledPrisma, 'pool'>;

/** The dead letters that are rows of a read model. The names are part of the SQL. */
export interface DeadLetterTable extends Pick<DeadLetterSource, 'kind' | 'mostReleased' | 'acts'> {
  readonly table: 'process' | 'notification';
  /** Selects them; has an index by `since` and `key`. */
  readonly condition: string;
  /** The time since when they are. */
  readonly since: 'updated_at' | 'created_at';
  readonly key: 'process_id' | 'notification_id';
}

interface FoundRow {
  readonly key: string;
  readonly tenant: string;
  readonly since: Date;
  readonly error: string | null;
}

interface CountRow {
  readonly error: string | null;
  readonly tenant: string;
  readonly count: string;
  readonly oldest: Date;
  readonly newest: Date;
}

/** As much of an error as its cause is taken from. */
export const ERROR_LENGTH = 500;

/** The dead letters of a read model whose state has an `error`. */
export class TableDeadLetters implements DeadLetterSource {
  readonly kind: DeadLetterSource['kind'];
  readonly mostReleased: number;
  readonly acts: DeadLetterSource['acts'];

  constructor(
    private readonly prisma: Database,
    private readonly of: DeadLetterTable,
  ) {
    this.kind = of.kind;
    this.mostReleased = of.mostReleased;
    this.acts = of.acts;
  }

  async scan(
    filter: DeadLetterFilter,
    after: DeadLetterPlace | undefined,
    limit: number,
  ): Promise<DeadLetterScan> {
    // Only webhooks have subscriptions.
    if (filter.subscriptionId !== undefined) return { letters: [], next: undefined };
    const { key, since } = this.of;
    const { rows } = await this.prisma.pool.query<FoundRow>(
      `select ${key} as key, tenant, ${since} as since, left(state->>'error', ${ERROR_LENGTH}) as error
       from ${this.#matching()} and ($5::timestamptz is null or (${since}, ${key}) < ($5, $6::uuid))
       order by ${since} desc, ${key} desc limit $4`,
      [...valuesOf(filter), limit, after?.at ?? null, after?.key[0] ?? null],
    );
    const letters = rows.map((row) => this.#letterOf(row));
    return { letters, next: rows.length < limit ? undefined : letters.at(-1)?.place };
  }

  complete(letters: readonly AnyDeadLetter[]): Promise<readonly AnyDeadLetter[]> {
    return Promise.resolve(letters);
  }

  async count(filter: DeadLetterFilter, most: number): Promise<ErrorCount[]> {
    if (filter.subscriptionId !== undefined) return [];
    const { since } = this.of;
    const { rows } = await this.prisma.pool.query<CountRow>(
      `select left(state->>'error', ${ERROR_LENGTH}) as error, tenant, count(*) as count,
         min(${since}) as oldest, max(${since}) as newest
       from (select state, tenant, ${since} from ${this.#matching()} order by ${since} desc limit $4) as newest
       group by 1, 2`,
      [...valuesOf(filter), most],
    );
    return rows.map(({ error, tenant, count, oldest, newest }) => ({
      error: error ?? '',
      tenant,
      count: Number(count),
      oldest: oldest.toISOString(),
      newest: newest.toISOString(),
    }));
  }

  #matching(): string {
    const { table, condition, since } = this.of;
    return `${table} where ${condition} and ($1::text is null or tenant = $1)
      and ($2::timestamptz is null or ${since} >= $2) and ($3::timestamptz is null or ${since} <= $3)`;
  }

  #letterOf({ key, tenant, since, error }: FoundRow): AnyDeadLetter {
    return {
      kind: this.kind,
      deadLetterId: `${this.kind}/${key}`,
      tenant,
      subject: key,
      error: error ?? '',
      ...(this.kind === 'mail' && { notificationId: key }),
      place: { at: since.toISOString(), key: [key] },
    };
  }
}

const valuesOf = ({ tenant, from, to }: DeadLetterFilter): unknown[] => [
  tenant ?? null,
  from ?? null,
  to ?? null,
];

/** @returns how many were retried */
export type DeadLetterRetry = (letters: readonly AnyDeadLetter[], actor: string) => Promise<number>;

/** A process takes a command each. */
const MOST_PROCESSES = 500;

export const stuckProcesses = (prisma: Database, retryAll: DeadLetterRetry): TableDeadLetters =>
  new TableDeadLetters(prisma, {
    kind: 'process',
    table: 'process',
    condition: `status = 'stuck'`,
    since: 'updated_at',
    key: 'process_id',
    mostReleased: MOST_PROCESSES,
    acts: {
      redrive: retryAll,
      skip: 'A process cannot be skipped: cancel it with POST /v1/processes/{processId}/cancel, which undoes what it has done.',
    },
  });

const MAIL_IS_OVER =
  'A mail server refused these mails for good. They are not sent again, and nothing waits behind them.';

export const failedMails = (prisma: Database): TableDeadLetters =>
  new TableDeadLetters(prisma, {
    kind: 'mail',
    table: 'notification',
    condition: `status = 'failed'`,
    since: 'created_at',
    key: 'notification_id',
    mostReleased: 0,
    acts: { redrive: MAIL_IS_OVER, skip: MAIL_IS_OVER },
  });
