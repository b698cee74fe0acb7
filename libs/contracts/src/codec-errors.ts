import { formatPosition, type Position } from '#libs/kernel';

/**
 * An event that its schema cannot hold: a fault of the code that made it, never of its sender.
 * Names the place and not the value, which may be a customer's.
 */
export class EventEncodingError extends Error {
  override readonly name = 'EventEncodingError';

  constructor(
    readonly eventType: string,
    /** Avro field names, keys and indexes from the record down; empty when the whole event is meant. */
    readonly path: readonly string[],
    problem: string,
  ) {
    super(`cannot encode ${eventType}: ${path.length > 0 ? `${path.join('.')} ` : ''}${problem}`);
  }
}

/**
 * Why a record of ours cannot be read.
 *
 * - `bytes`: they are no event by their own schema. Trying again gives the same.
 * - `schema`: its schema is not known, or is another one than the record's header names. A registry that is being
 *   rebuilt answers so, and may answer otherwise later: the event itself may be sound.
 * - `gone`: the log begins behind it. Trying again gives the same.
 */
export type DecodingFault = 'bytes' | 'schema' | 'gone';

/** A record in the log that this code cannot read as an event now. */
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

  /** Whether it may be read later, with nothing changed in the log. */
  get mayHeal(): boolean {
    return this.fault === 'schema';
  }
}
