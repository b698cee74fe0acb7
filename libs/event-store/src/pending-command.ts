import type { Rejection } from '#libs/kernel';
import {
  type CommandRequest,
  type CommandResult,
  CommandOutcomeUnknownError,
  CommandUnavailableError,
} from './command.js';

/** A command that waits for its answer. Answers after the first are ignored, so that a deadline can win. */
export class PendingCommand<State, Command, Refusal extends Rejection> {
  readonly answered: Promise<CommandResult<State, Refusal>>;
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
    this.#resolve(result);
  }

  fail(error: Error): void {
    this.#reject(error);
  }

  failUnavailable(why: string): void {
    this.#reject(new CommandUnavailableError(`${why} The command had no effect and can be sent again.`));
  }

  failUnknown(): void {
    this.#reject(
      new CommandOutcomeUnknownError(
        'The event log did not confirm in time: the command may have had its effect. Look before sending it again.',
      ),
    );
  }
}
