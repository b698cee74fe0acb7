import type { Rejection } from '#libs/kernel';
import {
  type CommandRequest,
  type CommandResult,
  CommandOutcomeUnknownError,
  CommandUnavailableError,
  NotOwnerError,
} from '../command.js';

/** A command waiting for its answer. Only the first answer counts, so a deadline can win the race. */
export class PendingCommand<State, Command, Refusal extends Rejection> {
  readonly answered: Promise<CommandResult<State, Refusal>>;
  done = false;
  #resolve!: (result: CommandResult<State, Refusal>) => void;
  #reject!: (error: Error) => void;

  constructor(
    readonly request: CommandRequest<Command>,
    /** Clock time in milliseconds after which the caller no longer waits. */
    readonly deadline: number,
  ) {
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  answer(result: CommandResult<State, Refusal>): void {
    this.done = true;
    this.#resolve(result);
  }

  fail(error: Error): void {
    this.done = true;
    this.#reject(error);
  }

  failUnavailable(why: string): void {
    this.fail(new CommandUnavailableError(why));
  }

  failUnknown(): void {
    this.fail(new CommandOutcomeUnknownError());
  }

  /** Sends the command to the partition's current owner; it had no effect here. */
  reroute(): void {
    this.fail(new NotOwnerError());
  }
}
