import type { Rejection } from '#libs/kernel';
import type { CommandRequest, CommandResult } from '../command.js';

/** Access to the processes that own the other partitions. */
export interface CommandPeers {
  /**
   * Announces that this process owns the partition, by its claim's offset in the log. `overtaken` is called if another
   * process has announced a later claim.
   */
  announce(topic: string, partition: number, claim: number, overtaken: () => void): void;
  /**
   * Sends a command to the partition's owner, once.
   * @throws NotOwnerError when no owner is known, or the known one has lost the partition; CommandUnavailableError,
   * CommandOutcomeUnknownError.
   */
  forward<Command, State, Refusal extends Rejection>(
    topic: string,
    partition: number,
    request: CommandRequest<Command>,
    deadline: number,
  ): Promise<CommandResult<State, Refusal>>;
}
