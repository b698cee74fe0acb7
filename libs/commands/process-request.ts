import type { CommandRequest } from '#libs/event-store/core';

/** Origin of a process manager's command. The command id derives from its cause, so a repeat has no further effect. */
export type ProcessCause = Pick<
  CommandRequest<unknown>,
  'tenant' | 'actor' | 'correlationId' | 'causationId'
> & {
  readonly commandId: string;
};

/** Approximate memory use. */
const BYTES = 1_000;

/**
 * Builds the request for a process manager's command. Its id is remembered with a space in it, which no client's idempotency key
 * can have: a client that guesses it cannot take its place. Without an id, the rules of the aggregate alone must refuse a repeat.
 */
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
  commandId: commandId === undefined ? undefined : `process ${commandId}`,
  streamId,
  command,
  isFollowUp: true,
  bytes: BYTES,
  // The id identifies exactly one command.
  requestHash: null,
  traceparent: null,
});
