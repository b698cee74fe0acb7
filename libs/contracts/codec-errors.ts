import { formatPosition, type Position } from '#libs/kernel';

/**
 * An event does not fit its schema: a fault in the code that made it, never the client's. The message names the field but
 * not its value, which may be personal data.
 */
export class EventEncodingError extends Error {
  override readonly name = 'EventEncodingError';

  constructor(
    readonly eventType: string,
    /** Avro field names, keys and indexes from the record down; empty for the whole event. */
    readonly path: readonly string[],
    problem: string,
  ) {
    super(`cannot encode ${eventType}: ${path.length > 0 ? `${path.join('.')} ` : ''}${problem}`);
  }
}

/**
 * Why an event's record cannot be read.
 *
 * - `bytes`: the bytes do not fit their schema. Retrying is useless.
 * - `schema`: the registry does not know the schema, or names another event type than the record's header. A registry
 *   that is being rebuilt may give the right answer later.
 * - `gone`: the log begins after this record. Retrying is useless.
 */
export type DecodingFault = 'bytes' | 'schema' | 'gone';

/** A record in the log cannot be read as an event now. */
export class EventDecodingError extends Error {
  override readonly name = 'EventDecodingError';
  readonly fault: DecodingFault;

  constructor(
    readonly position: Position,
    problem: string,
    { fault = 'bytes', ...options }: ErrorOptions & { readonly fault?: DecodingFault } = {},
  ) {
    super(`cannot decode the record at ${formatPosition(position)}: ${problem}`, options);
    this.fault = fault;
  }

  /** Whether a later read may succeed, although the log stays the same. */
  get mayHeal(): boolean {
    return this.fault === 'schema';
  }
}
