import type { CommandRequest } from '#libs/event-store/core';
import { ownCommandId } from '#libs/kernel';

/** Origin of a process manager's command. The command id derives from its cause, so a repeat has no further effect. */
export type ProcessCause = Pick<
  CommandRequest<unknown>,
  'tenant' | 'actor' | 'correlationId' | 'causationId'
> & {
  readonly commandId: string;
  /** The trace context that the command follows from, if there is one. */
  readonly traceparent?: string | null;
};

/** Approximate memory use. */
const BYTES = 1_000;

/**
 * Builds the request for a process manager's command. Events record its id as {@link ownCommandId} gives it. Without an id, the
 * rules of the aggregate alone must refuse a repeat.
 */
export const processRequest = <Command>(
  {
    tenant,
    actor,
    correlationId,
    causationId,
    commandId,
    traceparent = null,
  }: Omit<ProcessCause, 'commandId'> & Pick<CommandRequest<unknown>, 'commandId'>,
  streamId: string,
  command: Command,
): CommandRequest<Command> => ({
  tenant,
  actor,
  correlationId,
  causationId,
  commandId: commandId === undefined ? undefined : ownCommandId(commandId),
  streamId,
  command,
  isFollowUp: true,
  bytes: BYTES,
  // The id identifies exactly one command.
  requestHash: null,
  traceparent,
});
