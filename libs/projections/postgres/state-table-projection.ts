import type { AnyAggregateDefinition, RecordedEvent, StateColumn, Stream } from '#libs/kernel';
import { prepared, withoutNul } from '#libs/postgres';
import { foldStreams, oldStreamIdsOf } from '../core/fold.js';
import type { Projection } from '../core/runtime/projection.js';
import { keyColumnOf } from '../core/state-table.js';
import { commaSeparated, newlineSeparated } from './columns.js';
import type { PostgresTransaction } from './postgres-transaction.js';
import { STREAM_COLUMNS, type StreamRow, streamOf } from './stream-row.js';

type State = Readonly<Record<string, unknown>>;

/** How the values of a column travel: as one text that Postgres splits, or as an array of any text. */
interface Transport {
  readonly name: string;
  /** The type in Postgres. */
  readonly type: string;
  readonly isArray?: true;
  readonly valueOf: (stream: Stream<State>) => string | number | null;
}

/** The projection into the table of an aggregate. */
export function stateTableProjection(aggregate: AnyAggregateDefinition): Projection<PostgresTransaction> {
  const { topic, table } = aggregate;
  const rows = new StateRows(aggregate);
  return {
    name: table.projection,
    version: table.version,
    topics: [topic],
    acrossPartitions: true,
    tables: [table.name],
    check: (transaction) => rows.check(transaction),
    write: async (transaction, events, context) => {
      const before = await rows.load(transaction, events);
      const after = foldStreams<State, never>(aggregate.decider, before, events, context);
      const hasRow = ([, { state }]: readonly [string, Stream<State>]) => table.hasRow?.(state) ?? true;
      await rows.save(
        transaction,
        [...after].filter(hasRow).map(([, stream]) => stream),
      );
      if (!table.hasRow) return;
      const gone = new Set([...after].filter((each) => !hasRow(each)).map(([streamId]) => streamId));
      await rows.remove(
        transaction,
        events.filter(({ metadata }) => gone.has(metadata.streamId)),
      );
    },
  };
}

/** A table is not as its aggregate defines it. */
export class TableError extends Error {
  override readonly name = 'TableError';
}

/** The statements of one table. */
class StateRows {
  readonly #table: string;
  readonly #subject: string;
  readonly #key: Transport;
  readonly #transports: readonly Transport[];
  readonly #load: ReturnType<typeof prepared>;
  readonly #save: ReturnType<typeof prepared>;
  readonly #remove: ReturnType<typeof prepared>;

  constructor(aggregate: AnyAggregateDefinition) {
    const { subject, table } = aggregate;
    this.#table = table.name;
    this.#subject = subject;
    const isUuid = table.key === 'uuid';
    this.#key = {
      name: keyColumnOf(aggregate),
      type: table.key,
      ...(!isUuid && { isArray: true }),
      valueOf: ({ state }) => String(state[subject]),
    };
    this.#transports = [
      this.#key,
      { name: 'tenant', type: 'text', isArray: true, valueOf: ({ tenant }) => tenant },
      { name: 'version', type: 'int', valueOf: ({ version }) => version },
      { name: 'created_at', type: 'timestamptz', valueOf: ({ createdAt }) => createdAt },
      { name: 'updated_at', type: 'timestamptz', valueOf: ({ updatedAt }) => updatedAt },
      ...Object.entries<StateColumn<State>>(table.columns).map(([name, column]) => transportOf(name, column)),
    ];
    const names = this.#transports.map(({ name }) => name);
    const sources = this.#transports.map(({ isArray }, index) =>
      isArray ? `unnest($${index + 1}::text[])` : `string_to_table($${index + 1}, ',', '')`,
    );
    const ofRow = isUuid ? [this.#key.name] : ['tenant', this.#key.name];
    const changing = [...names, 'state'].filter((name) => ![...ofRow, 'tenant', 'created_at'].includes(name));
    const isNamed = isUuid
      ? `${this.#key.name} in (select string_to_table($1, ',')::uuid)`
      : `(tenant, ${this.#key.name}) in (select * from unnest($1::text[], $2::text[]))`;
    this.#load = prepared(`select ${STREAM_COLUMNS} from "${table.name}" where ${isNamed}`);
    this.#remove = prepared(`delete from "${table.name}" where ${isNamed}`);
    this.#save = prepared(`
      insert into "${table.name}" as known (${names.join(', ')}, state)
      select ${this.#transports.map(({ name, type }) => `${name}::${type}`).join(', ')}, state::json
      from rows from (${sources.join(', ')}, string_to_table($${names.length + 1}, E'\\n'))
        as row (${names.join(', ')}, state)
      on conflict (${ofRow.join(', ')}) do update set ${changing.map((name) => `${name} = excluded.${name}`).join(', ')}
      where known.version < excluded.version`);
  }

  /** @throws if the table is missing, or lacks a column */
  async check(transaction: PostgresTransaction): Promise<void> {
    const { rows } = await transaction.query<{ name: string }>(
      `select column_name as name from information_schema.columns
       where table_schema = 'public' and table_name = $1`,
      [this.#table],
    );
    if (rows.length === 0)
      throw new TableError(`there is no table ${this.#table}: add a migration, and deploy it`);
    const known = new Set(rows.map(({ name }) => name));
    const missing = [...this.#transports.map(({ name }) => name), 'state'].filter((name) => !known.has(name));
    if (missing.length > 0)
      throw new TableError(
        `table ${this.#table} has no column ${missing.join(', ')}: add a migration, and deploy it`,
      );
  }

  /** The stored streams that the events change, by stream id. */
  async load(
    transaction: PostgresTransaction,
    events: readonly RecordedEvent[],
  ): Promise<Map<string, Stream<State>>> {
    const streamIds = new Set(oldStreamIdsOf(events));
    const wanted = events.filter(({ metadata }) => streamIds.has(metadata.streamId));
    if (wanted.length === 0) return new Map();
    const { rows } = await transaction.query<StreamRow>(this.#load(this.#names(wanted)));
    const streams = new Map(
      rows.map((row) => {
        const stream = streamOf<State>(row);
        return [nameOf(stream.tenant, stream.state[this.#subject]), stream];
      }),
    );
    const found = new Map<string, Stream<State>>();
    for (const { metadata, data } of wanted) {
      const stream = streams.get(nameOf(metadata.tenant, this.#subjectOf(data)));
      if (stream) found.set(metadata.streamId, stream);
    }
    return found;
  }

  /** One statement for all rows of a batch, for speed. @throws if a new stream already has a row */
  async save(transaction: PostgresTransaction, streams: readonly Stream<State>[]): Promise<void> {
    if (streams.length === 0) return;
    const values = this.#transports.map(({ isArray, valueOf }) => {
      const column = streams.map(valueOf);
      return isArray ? column.map((value) => withoutNul(String(value))) : commaSeparated(column);
    });
    const states = newlineSeparated(streams.map(({ state }) => JSON.stringify(state)));
    const { rowCount } = await transaction.query(this.#save([...values, states]));
    // New streams are not looked up. If one already has a row, its first event was applied before.
    if (rowCount !== streams.length) throw new Error('a stream that begins with these events already exists');
  }

  /** Deletes the rows of the events' streams. */
  async remove(transaction: PostgresTransaction, events: readonly RecordedEvent[]): Promise<void> {
    if (events.length > 0) await transaction.query(this.#remove(this.#names(events)));
  }

  /** The values that name the rows of the events' streams in a statement, each once. */
  #names(events: readonly RecordedEvent[]): unknown[] {
    const byStream = new Map(events.map((event) => [event.metadata.streamId, event]));
    const once = [...byStream.values()];
    const keys = once.map(({ data }) => withoutNul(this.#subjectOf(data)));
    return this.#key.isArray ? [once.map(({ metadata }) => metadata.tenant), keys] : [commaSeparated(keys)];
  }

  #subjectOf(data: unknown): string {
    return String((data as State)[this.#subject]);
  }
}

const nameOf = (tenant: string, subject: unknown): string => `${tenant}/${String(subject)}`;

/** Its values are checked, because a wrong one could move those of other rows. */
function transportOf(name: string, { type, of }: StateColumn<State>): Transport {
  const valueOf = ({ state }: Stream<State>) => {
    const value = of(state);
    if (!isOfType(value, type)) throw new Error(`column ${name} is no ${type}: ${JSON.stringify(value)}`);
    return value;
  };
  if (type === 'text') return { name, type, isArray: true, valueOf };
  return { name, type: type === 'keyword' ? 'text' : type, valueOf };
}

function isOfType(value: unknown, type: StateColumn<State>['type']): boolean {
  if (value === null) return type === 'int' || type === 'bigint';
  if (type === 'int') return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31;
  if (type === 'bigint') return Number.isSafeInteger(value);
  return typeof value === 'string' && (type === 'text' || (value !== '' && !value.includes(',')));
}
