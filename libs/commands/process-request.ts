import type { CommandRequest } from '#libs/event-store/core';

/** Origin of a process manager's command. */
export interface ProcessCause {
  readonly tenant: string;
  /** Name of the process manager. */
  readonly actor: string;
  /**
   * Derived from the command's cause, so a repeat has no further effect. Contains a space, which no client's idempotency
   * key can.
   */
  readonly commandId: string;
  readonly correlationId: string;
  /** The event that caused the command, if any. */
  readonly causationId: string | null;
}

/** Approximate memory use of such a command. */
const BYTES = 1_000;

/** Builds the request for a process manager's command. */
export const processRequest = <Command>(
  cause: ProcessCause,
  streamId: string,
  command: Command,
): CommandRequest<Command> => ({
  ...cause,
  streamId,
  command,
  bytes: BYTES,
  // The id identifies exactly one command.
  requestHash: null,
  traceparent: null,
});
