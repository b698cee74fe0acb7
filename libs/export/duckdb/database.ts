import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

interface DatabaseOptions {
  /** Where it puts what does not fit into memory. */
  readonly spillDirectory: string;
  /** A file; in memory unless given. */
  readonly path?: string;
}

/** Leaves room for events on their way, and for Node itself, in a process of one gigabyte. */
const MEMORY = '512MB';

export interface Database {
  readonly connection: DuckDBConnection;
  /** Another connection, for work at the same time. */
  connect(): Promise<DuckDBConnection>;
  close(): void;
}

/** DuckDB in this process, which loads nothing from the network. Its calls keep threads of libuv busy: not for an API. */
export async function openDatabase({
  spillDirectory,
  path = ':memory:',
}: DatabaseOptions): Promise<Database> {
  const instance = await DuckDBInstance.create(path, {
    memory_limit: MEMORY,
    temp_directory: spillDirectory,
    autoinstall_known_extensions: 'false',
  });
  const connection = await instance.connect();
  // Times are in UTC, wherever the command runs.
  await connection.run(`set timezone = 'UTC'`);
  return {
    connection,
    connect: () => instance.connect(),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
