import {
  type Connection,
  type PoolClient,
  Query,
  type QueryConfig,
  type QueryResult,
  type Submittable,
} from 'pg';

/** A query as the driver itself uses it. */
type DriverQuery = Query & {
  readonly name: string;
  readonly text: string;
  readonly _result: QueryResult;
  prepare(connection: Connection): void;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
};

export interface BatchOutcome {
  /** Of the statements before the first error. */
  readonly results: readonly QueryResult[];
  readonly error?: Error;
}

/** Sends prepared statements in one round trip. Postgres skips those after one that fails. Never rejects. */
export async function queryTogether(
  client: Pick<PoolClient, 'query'>,
  statements: readonly QueryConfig[],
): Promise<BatchOutcome> {
  const batch = new StatementBatch(statements);
  client.query(batch);
  try {
    await batch.answered;
    return { results: batch.results };
  } catch (error) {
    return { results: batch.results, error: error as Error };
  }
}

/**
 * One Sync for all statements. The driver's own pipelining sends one with each, and a transaction whose `begin` failed
 * would then commit the statements after it one by one.
 */
export class StatementBatch implements Submittable {
  readonly results: QueryResult[] = [];
  /** @throws the first error */
  readonly answered: Promise<void>;
  /** The driver replaces it by one that also ends the wait for an answer. */
  callback!: (error?: Error | null) => void;
  readonly #queries: readonly DriverQuery[];

  constructor(statements: readonly QueryConfig[]) {
    this.#queries = statements.map((statement) => new Query(statement) as DriverQuery);
    this.answered = new Promise((resolve, reject) => {
      this.callback = (error) => (error ? reject(error) : resolve());
    });
  }

  /** The driver notes the statement of this name as parsed when Postgres says so. */
  get name(): string | undefined {
    return this.#current?.name;
  }

  get text(): string | undefined {
    return this.#current?.text;
  }

  submit(connection: Connection): void {
    const withoutSync = Object.create(connection, { sync: { value: () => undefined } }) as Connection;
    connection.stream.cork();
    for (const query of this.#queries) query.prepare(withoutSync);
    connection.sync();
    connection.stream.uncork();
  }

  handleRowDescription(message: unknown): void {
    this.#current?.handleRowDescription(message);
  }

  handleDataRow(message: unknown): void {
    this.#current?.handleDataRow(message);
  }

  handleCommandComplete(message: unknown, connection: Connection): void {
    const query = this.#current;
    if (!query) return;
    query.handleCommandComplete(message, connection);
    this.results.push(query._result);
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback();
  }

  get #current(): DriverQuery | undefined {
    return this.#queries[this.results.length];
  }
}
