import type { Rejection } from '#libs/kernel';
import type { CommandRequest, CommandResult } from '../command.js';

/** The other processes that take the same commands: who of them owns which partition, and how to reach it. */
export interface CommandPeers {
  /**
   * Tells the others that this process takes the partition's commands, by the claim at this place of the log.
   * `overtaken` is called when somebody has announced a later claim.
   */
  announce(topic: string, partition: number, claim: number, overtaken: () => void): void;
  /**
   * Sends a command to the partition's owner, once.
   * @throws NotOwnerError when nobody is known to own it, or the one who is known does not any more;
   * CommandUnavailableError, CommandOutcomeUnknownError.
   */
  forward<Command, State, Refusal extends Rejection>(
    topic: string,
    partition: number,
    request: CommandRequest<Command>,
    deadline: number,
  ): Promise<CommandResult<State, Refusal>>;
}
