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

/** A record in the log that is not an event this code can read. Trying again gives the same. */
export class EventDecodingError extends Error {
  override readonly name = 'EventDecodingError';

  constructor(
    readonly position: Position,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`cannot decode the record at ${formatPosition(position)}: ${problem}`, options);
  }
}
