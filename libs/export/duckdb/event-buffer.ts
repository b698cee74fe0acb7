import { type DuckDBAppender, type DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import type { RecordedEvent } from '#libs/kernel';
import { quotedName, sqlTypeOf } from '../core/column-type.js';
import type { EventTable } from '../core/event-table.js';
import { CHUNK_ROWS, type ColumnWriter, columnWriter } from './column-writer.js';

/** Appends events of one type to a DuckDB table, by columns. */
export class EventBuffer {
  readonly #appender: DuckDBAppender;
  readonly #chunk: DuckDBDataChunk;
  #writers: readonly ColumnWriter[];
  /** In the writers, but not in the table. */
  #events: RecordedEvent[] = [];

  private constructor(
    readonly table: EventTable,
    /** The name of the table, quoted. */
    readonly name: string,
    appender: DuckDBAppender,
  ) {
    this.#appender = appender;
    this.#chunk = DuckDBDataChunk.create(table.columns.map((_, index) => appender.columnType(index)));
    this.#writers = writersOf(table);
  }

  /** Makes the table. */
  static async open(
    connection: DuckDBConnection,
    table: EventTable,
    name = table.name,
  ): Promise<EventBuffer> {
    await connection.run(`create table ${quotedName(name)} (${columnList(table)})`);
    return new EventBuffer(table, quotedName(name), await connection.createAppender(name));
  }

  /** @throws if a value is not of its column's type. The event is left out then. */
  add(event: RecordedEvent): void {
    try {
      this.#write(event);
    } catch (error) {
      // Some columns have the value of this row, and some do not.
      this.#writers = writersOf(this.table);
      for (const former of this.#events) this.#write(former);
      throw error;
    }
    // Without the bytes in the log, which would keep a whole fetch in memory.
    const { type, data, metadata, position } = event;
    this.#events.push({ type, data, metadata, position });
    if (this.#events.length === CHUNK_ROWS) this.#moveChunk();
  }

  /** Moves all events into the table. */
  flush(): void {
    if (this.#events.length > 0) this.#moveChunk();
    this.#appender.flushSync();
  }

  close(): void {
    this.#appender.closeSync();
  }

  #write(event: RecordedEvent): void {
    const { columns } = this.table;
    for (let index = 0; index < columns.length; index++)
      (this.#writers[index] as ColumnWriter).add(columns[index]?.valueOf(event));
  }

  #moveChunk(): void {
    const { chunk } = this.#chunk;
    this.#chunk.rowCount = this.#events.length;
    this.#writers.forEach((writer, index) => writer.moveTo(duckdb.data_chunk_get_vector(chunk, index)));
    this.#appender.appendDataChunk(this.#chunk);
    this.#chunk.reset();
    this.#events = [];
  }
}

const writersOf = ({ columns }: EventTable): ColumnWriter[] => columns.map(({ type }) => columnWriter(type));

/** Columns with their types, as in `create table`. */
export const columnList = ({ columns }: EventTable): string =>
  columns.map(({ name, type }) => `${quotedName(name)} ${sqlTypeOf(type)}`).join(', ');
