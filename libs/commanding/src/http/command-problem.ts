import { CommandOutcomeUnknownError, CommandShareError, CommandUnavailableError } from '#libs/event-store';
import type { Rejection } from '#libs/kernel';
import { isProblemCode, ProblemException, shareProblem } from '#libs/platform';

/** The domain's "no" as an answer: its code is a problem code. */
export function refusalProblem({ code, detail }: Rejection): ProblemException {
  if (!isProblemCode(code)) throw new Error(`rejection ${code} is not in the list of problem codes`);
  return new ProblemException({ code, detail });
}

/** What went wrong on the way to the log, as an answer. What is not expected stays as it is. */
export function commandProblem(error: unknown): unknown {
  if (error instanceof CommandShareError) return shareProblem('tenant', 'commands under way');
  if (error instanceof CommandUnavailableError) {
    return new ProblemException({ code: 'unavailable', detail: error.message, cause: error });
  }
  if (error instanceof CommandOutcomeUnknownError) {
    return new ProblemException({ code: 'outcome-unknown', detail: error.message, cause: error });
  }
  return error;
}
