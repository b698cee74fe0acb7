import type { Position, Rejection, Result, Stream } from '#libs/kernel';

/** A command with all that the event's metadata will say about it. */
export interface CommandRequest<Command> {
  readonly streamId: string;
  readonly command: Command;
  /** The stream must be at this version, else the command is rejected with `version-mismatch`. */
  readonly expectedVersion?: number | undefined;
  readonly tenant: string;
  readonly actor: string;
  readonly commandId: string;
  readonly requestHash: string | null;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly traceparent: string | null;
}

/** What the events of an accepted command led to. They are durable. */
export interface Accepted<State> {
  readonly stream: Stream<State>;
  /** Of the stream's last event. */
  readonly position: Position;
}

/** Rejections that hold for every aggregate. */
export type EngineRejection = Rejection<'version-mismatch' | 'stream-id-taken' | 'event-too-large'>;

export type CommandResult<State, Refusal extends Rejection = Rejection> = Result<
  Accepted<State>,
  Refusal | EngineRejection
>;

/** The command had no effect: the log or its owner could not be reached in time, or too much is queued. */
export class CommandUnavailableError extends Error {
  override readonly name = 'CommandUnavailableError';
}

/** The command was being appended when the time ran out: it may have had its effect, once. */
export class CommandOutcomeUnknownError extends Error {
  override readonly name = 'CommandOutcomeUnknownError';
}
