import type { Position, Rejection, Result, Stream } from '#libs/kernel';

/** Which version a command may meet: this one, one of these, or any of a stream that exists. */
export type ExpectedVersion = number | readonly number[] | 'any';

/** A command with all that the event's metadata will say about it. */
export interface CommandRequest<Command> {
  readonly streamId: string;
  /** The stream's id was made for this command, so nothing can be in it yet. */
  readonly newStream?: boolean;
  readonly command: Command;
  /** About what it takes in memory while it waits. */
  readonly bytes: number;
  /** Where the stream is at another version, the command is rejected with `version-mismatch`. */
  readonly expectedVersion?: ExpectedVersion | undefined;
  readonly tenant: string;
  readonly actor: string;
  /**
   * A client's idempotency key, or an id that a process derived from what led to the command: its repeat has no further
   * effect. Without one the command cannot be repeated, and goes by the id of its first event.
   */
  readonly commandId: string | undefined;
  /** What the command asks for, as a hash; `null` where the id alone says it. */
  readonly requestHash: string | null;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly traceparent: string | null;
}

/** What the events of an accepted command led to. They are durable. */
export interface AcceptedCommand<State> {
  readonly stream: Stream<State>;
  /** Of the stream's last event. */
  readonly position: Position;
}

/** Rejections that hold for every aggregate. */
export type EngineRejection = Rejection<
  'version-mismatch' | 'idempotency-key-reused' | 'stream-id-taken' | 'event-too-large'
>;

export type CommandResult<State, Refusal extends Rejection = Rejection> = Result<
  AcceptedCommand<State>,
  Refusal | EngineRejection
>;

/** The command had no effect: the log or its owner could not be reached in time, or too much is under way. */
export class CommandUnavailableError extends Error {
  override readonly name = 'CommandUnavailableError';
  constructor(why: string) {
    super(`${why} The command had no effect and can be sent again.`);
  }
}

/** The command had no effect: the tenant has its share of what commands may take together. */
export class CommandShareError extends CommandUnavailableError {}

/** The command was being appended when the time ran out: it may have had its effect, once. */
export class CommandOutcomeUnknownError extends Error {
  override readonly name = 'CommandOutcomeUnknownError';
  constructor() {
    super(
      'The event log did not confirm in time: the command may have had its effect. Look before sending it again.',
    );
  }
}

/** The command had no effect: another process owns the partition, or this one does not yet. */
export class NotOwnerError extends Error {
  override readonly name = 'NotOwnerError';
}
