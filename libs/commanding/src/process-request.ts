import type { CommandRequest } from '#libs/event-store';

/** Why one of our own processes sends a command. */
export interface ProcessCause {
  readonly tenant: string;
  /** The name of the process. */
  readonly actor: string;
  /**
   * Follows from what led to the command, so that a repeat has no further effect. With a space in it, it can never be a
   * client's idempotency key.
   */
  readonly commandId: string;
  readonly correlationId: string;
  /** The event that led to it, if one did. */
  readonly causationId: string | null;
}

/** About what such a command takes in memory. */
const BYTES = 1_000;

/** A command that no client has sent. */
export const processRequest = <Command>(
  cause: ProcessCause,
  streamId: string,
  command: Command,
): CommandRequest<Command> => ({
  ...cause,
  streamId,
  command,
  bytes: BYTES,
  // The id says it all: it stands for one command and no other.
  requestHash: null,
  traceparent: null,
});
