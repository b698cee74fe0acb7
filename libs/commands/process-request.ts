import type { CommandRequest } from '#libs/event-store/core';

/**
 * Origin of a process manager's command. The command id derives from its cause, so a repeat has no further effect; it
 * contains a space, which no client's idempotency key can.
 */
type ProcessCause = Pick<CommandRequest<unknown>, 'tenant' | 'actor' | 'correlationId' | 'causationId'> & {
  readonly commandId: string;
};

/** Approximate memory use. */
const BYTES = 1_000;

/** Builds the request for a process manager's command. */
export const processRequest = <Command>(
  { tenant, actor, correlationId, causationId, commandId }: ProcessCause,
  streamId: string,
  command: Command,
): CommandRequest<Command> => ({
  tenant,
  actor,
  correlationId,
  causationId,
  commandId,
  streamId,
  command,
  bytes: BYTES,
  // The id identifies exactly one command.
  requestHash: null,
  traceparent: null,
});
