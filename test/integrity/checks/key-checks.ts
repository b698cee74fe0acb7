import { type AcceptedAttempt, type Attempt, isAccepted } from '../history.js';
import type { LogRecord } from '../log-record.js';
import { groupedBy, type Violation, violation } from '../violation.js';

const KEY_REUSED = 422;

/** Promise 4: the same idempotency key gives the same answer, and one effect. */
export function keyViolations(attempts: readonly Attempt[], log: readonly LogRecord[]): Violation[] {
  const effects = new Set(log.map(({ marker }) => marker));
  const byKey = groupedBy(
    attempts.filter(({ request }) => request.key !== undefined),
    ({ request }) => request.key,
  );
  return [...byKey].flatMap(([key, tries]) => ofOneKey(String(key), tries, effects));
}

function ofOneKey(
  key: string,
  tries: readonly Attempt[],
  effects: ReadonlySet<string | undefined>,
): Violation[] {
  const markers = [...new Set(tries.map(({ request }) => request.marker))];
  const inLog = markers.filter((marker) => effects.has(marker));
  const accepted = tries.filter(isAccepted);
  const found: Violation[] = [];
  if (inLog.length > 1) found.push(violation('key-effects', `${key}: ${inLog.join(' and ')} are in the log`));
  const different = differences(accepted);
  if (different) found.push(violation('key-answers-differ', `${key}: ${different}`));

  const first = accepted.toSorted((a, b) => a.endedAt - b.endedAt)[0];
  for (const attempt of tries) {
    const { outcome, request } = attempt;
    if (outcome.kind !== 'rejected') continue;
    const told = `${key}: ${request.marker} was answered ${outcome.status} ${outcome.code}`;
    if (first && attempt.startedAt > first.endedAt) {
      const isRepeat = request.marker === first.request.marker;
      if (isRepeat) found.push(violation('key-forgotten', `${told} after it had been accepted`));
      else if (outcome.status !== KEY_REUSED) {
        found.push(violation('other-body-taken', `${told} after ${first.request.marker} had been accepted`));
      }
    } else if (outcome.status === KEY_REUSED && !isTakenByOther(attempt, tries)) {
      found.push(violation('key-refused', `${told}, and nothing else had been sent with that key`));
    }
  }
  return found;
}

const isTakenByOther = ({ request, endedAt }: Attempt, tries: readonly Attempt[]): boolean =>
  tries.some((other) => other.request.marker !== request.marker && other.startedAt < endedAt);

/** In one text; a batch's answer has less to compare. */
function differences(accepted: readonly AcceptedAttempt[]): string | undefined {
  for (const part of ['status', 'orderId', 'version', 'position', 'etag', 'body'] as const) {
    const values = new Set(
      accepted.map(({ outcome }) => outcome[part]).filter((value) => value !== undefined),
    );
    if (values.size > 1) return `${part} is ${[...values].join(' and ')}`;
  }
  return undefined;
}
