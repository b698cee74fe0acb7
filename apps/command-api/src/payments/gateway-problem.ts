import { commandProblem } from '#libs/commands';
import { GatewayOutcomeUnknownError, GatewayUnavailableError } from '#libs/payments';
import { ProblemException } from '#libs/platform';

/** Turns a failure of the payment gateway, or of the command engine, into a response; other errors pass through. */
export function gatewayProblem(error: unknown): unknown {
  if (error instanceof GatewayUnavailableError)
    return new ProblemException('unavailable', 'The payment gateway is unavailable.', { cause: error });
  if (error instanceof GatewayOutcomeUnknownError) {
    const detail =
      'The payment gateway did not answer in time. Retry with the same Idempotency-Key: the refund is made once.';
    return new ProblemException('outcome-unknown', detail, { cause: error });
  }
  return commandProblem(error);
}
