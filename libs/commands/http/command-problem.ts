import {
  CommandOutcomeUnknownError,
  CommandShareError,
  CommandUnavailableError,
} from '#libs/event-store/core';
import type { Rejection } from '#libs/kernel';
import { type ProblemCode, ProblemException, shareProblem } from '#libs/platform';

/** Turns a rejection into a response. */
export const refusalProblem = ({ code, detail }: Rejection<ProblemCode>): ProblemException =>
  new ProblemException({ code, detail });

/** Turns an engine error into a response; other errors pass through. */
export function commandProblem(error: unknown): unknown {
  if (error instanceof CommandShareError) return shareProblem('tenant', 'commands in flight');
  if (error instanceof CommandUnavailableError) {
    return new ProblemException({ code: 'unavailable', detail: error.message, cause: error });
  }
  if (error instanceof CommandOutcomeUnknownError) {
    return new ProblemException({ code: 'outcome-unknown', detail: error.message, cause: error });
  }
  return error;
}
