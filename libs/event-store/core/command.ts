import type { Position, Rejection, Result, Stream } from '#libs/kernel';

/** Versions a command accepts: one, one of several, or `any` version of an existing stream. */
export type ExpectedVersion = number | readonly number[] | 'any';

/** A command together with the metadata for its events. */
export interface CommandRequest<Command> {
  readonly streamId: string;
  /** The stream id was generated for this command, so the stream is known to be empty. */
  readonly newStream?: boolean;
  readonly command: Command;
  /** Answers the stream as its owner knows it, and decides nothing. */
  readonly isLook?: true;
  /** It follows from an event. Whoever sends it bounds how many there are, so no limit of commands in flight refuses it. */
  readonly isFollowUp?: true;
  /** Approximate memory use while the command is queued. */
  readonly bytes: number;
  /** A stream at any other version rejects the command with `version-mismatch`. */
  readonly expectedVersion?: ExpectedVersion | undefined;
  readonly tenant: string;
  readonly actor: string;
  /**
   * A client's idempotency key, or an id that a process derived from the command's cause; a repeat has no further effect.
   * A command without one cannot be repeated, and takes the id of its first event.
   */
  readonly commandId: string | undefined;
  /** Hash of the request; `null` if the command id alone identifies it. */
  readonly requestHash: string | null;
  /** What an earlier release hashed the same request to, if that was something else: a retry may come after an update. */
  readonly formerHash?: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly traceparent: string | null;
}

/** The stream after an accepted command. Its events are durable. */
export interface AcceptedCommand<State> {
  readonly stream: Stream<State>;
  /** Position of the stream's last event. */
  readonly position: Position;
}

/** Rejections that any aggregate's commands can get. */
export type EngineRejection = Rejection<
  'version-mismatch' | 'idempotency-key-reused' | 'stream-id-taken' | 'event-too-large' | 'invalid-request'
>;

export type CommandResult<State, Refusal extends Rejection = Rejection> = Result<
  AcceptedCommand<State>,
  Refusal | EngineRejection
>;

/** The command had no effect: the log or the owner was unreachable, or too many commands are in flight. */
export class CommandUnavailableError extends Error {
  override readonly name = 'CommandUnavailableError';
  /** @param why a sentence; the message adds what holds for all of these errors */
  constructor(readonly why: string) {
    super(`${why} The command had no effect; it is safe to retry.`);
  }
}

/** The command had no effect: the tenant has used up its share of the command capacity. */
export class CommandShareError extends CommandUnavailableError {}

/** The deadline passed during the append, so the command may have taken effect, at most once. */
export class CommandOutcomeUnknownError extends Error {
  override readonly name = 'CommandOutcomeUnknownError';
  constructor() {
    super(
      'The event log did not confirm in time: the command may have taken effect. Check before you retry.',
    );
  }
}

/** The command had no effect: this process does not own the partition, or not yet. */
export class NotOwnerError extends Error {
  override readonly name = 'NotOwnerError';
}
