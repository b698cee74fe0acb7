import type { HealthCheckResult, HealthIndicatorResult } from '@nestjs/terminus';
import type { SiblingAnswer } from '../cluster/siblings.js';

type Part = HealthIndicatorResult[string];

/**
 * The health of several processes as that of one: a part is up if it is in all of them. The part `processes` is up if all
 * run and answer.
 */
export function mergedHealth(
  own: HealthCheckResult,
  others: readonly SiblingAnswer<HealthCheckResult>[],
): HealthCheckResult {
  const details: Record<string, Part> = { ...own.details };
  for (const { number, answer } of others) {
    for (const [name, part] of Object.entries(answer?.details ?? {})) {
      const theirs =
        part.message === undefined ? part : { ...part, message: `process ${number}: ${part.message}` };
      details[name] = worse(details[name] ?? theirs, theirs);
    }
  }
  const missing = others.filter(({ answer }) => !answer).map(({ number }) => number);
  details['processes'] =
    missing.length === 0
      ? { status: 'up' }
      : { status: 'down', code: 'no-answer', message: `no answer of process ${missing.join(', ')}` };
  const withStatus = (status: Part['status']) =>
    Object.fromEntries(Object.entries(details).filter(([, part]) => part.status === status));
  const error = withStatus('down');
  const isDown = Object.keys(error).length > 0;
  const status = own.status === 'shutting_down' ? own.status : isDown ? 'error' : 'ok';
  return { status, info: withStatus('up'), error, details };
}

/** Notices need a look, but are no fault. */
const rank = ({ status, code }: Part): number => (status === 'down' ? 2 : code === undefined ? 0 : 1);

function worse(one: Part, other: Part): Part {
  if (rank(one) === 1 && rank(other) === 1)
    return { ...one, notices: [...new Set([...noticesOf(one), ...noticesOf(other)])] };
  return rank(other) > rank(one) ? other : one;
}

const noticesOf = ({ notices }: Part): readonly unknown[] => (Array.isArray(notices) ? notices : []);
