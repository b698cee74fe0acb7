import type { CommandRequest } from '#libs/event-store/core';

/**
 * Origin of a process manager's command. The command id derives from its cause, so a repeat has no further effect; it
 * contains a space, which no client's idempotency key can.
 */
export type ProcessCause = Pick<
  CommandRequest<unknown>,
  'tenant' | 'actor' | 'correlationId' | 'causationId'
> & {
  readonly commandId: string;
};

/** Approximate memory use. */
const BYTES = 1_000;

/** Builds the request for a process manager's command. Without an id, the rules of its aggregate alone must refuse a repeat. */
export const processRequest = <Command>(
  {
    tenant,
    actor,
    correlationId,
    causationId,
    commandId,
  }: Omit<ProcessCause, 'commandId'> & Pick<CommandRequest<unknown>, 'commandId'>,
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
