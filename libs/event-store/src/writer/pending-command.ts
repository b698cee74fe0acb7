import type { Rejection } from '#libs/kernel';
import {
  type CommandRequest,
  type CommandResult,
  CommandOutcomeUnknownError,
  CommandUnavailableError,
  NotOwnerError,
} from '../command.js';

/** A command that waits for its answer. Answers after the first are ignored, so that a deadline can win. */
export class PendingCommand<State, Command, Refusal extends Rejection> {
  readonly answered: Promise<CommandResult<State, Refusal>>;
  /** Whether it has its answer: nothing must be done for it any more. */
  done = false;
  #resolve!: (result: CommandResult<State, Refusal>) => void;
  #reject!: (error: Error) => void;

  constructor(
    readonly request: CommandRequest<Command>,
    /** Clock time in milliseconds after which nobody waits any more. */
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

  /** It certainly had no effect here: whoever owns the partition now shall take it. */
  reroute(): void {
    this.fail(new NotOwnerError());
  }
}
