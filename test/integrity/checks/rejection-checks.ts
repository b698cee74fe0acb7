import { type Attempt, isAccepted } from '../history.js';
import type { LogRecord } from '../log-record.js';
import { allows } from './order-life.js';
import { groupedBy, type Violation, violation } from '../violation.js';

/** One version of a stream: it holds from some moment between these two on. */
interface Version {
  readonly status: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/**
 * Part of promise 2: a command is refused because of the state that its stream has, not of one that it had. For each
 * refusal, the versions that the stream can have had while the command was under way must not all contradict it.
 */
export function rejectionViolations(attempts: readonly Attempt[], log: readonly LogRecord[]): Violation[] {
  const streams = versionsByStream(attempts, log);
  return attempts.flatMap((attempt) => {
    const { orderId, marker } = attempt.request;
    const { outcome } = attempt;
    if (outcome.kind !== 'rejected' || orderId === undefined) return [];
    const versions = streams.get(orderId) ?? [];
    const lowest = versions.filter(({ notAfter }) => notAfter < attempt.startedAt).length;
    const highest = versions.filter(({ notBefore }) => notBefore < attempt.endedAt).length;
    const possible = versions.slice(Math.max(0, lowest - 1), highest);
    if (lowest === 0 || !contradicts(attempt, outcome.code, lowest, possible)) return [];
    const range = lowest === highest ? `${lowest}` : `${lowest} to ${highest}`;
    return [
      violation('stale-rejection', `${marker}: ${outcome.code}, when ${orderId} was at version ${range}`),
    ];
  });
}

function contradicts(
  { request }: Attempt,
  code: string,
  lowest: number,
  possible: readonly Version[],
): boolean {
  switch (code) {
    case 'order-not-found':
      return true;
    case 'version-mismatch':
      return possible.length === 1 && request.expectedVersion === lowest;
    case 'order-status-step-forbidden':
      return possible.every(({ status }) => allows(status, request.status));
    default:
      return false;
  }
}

function versionsByStream(attempts: readonly Attempt[], log: readonly LogRecord[]): Map<string, Version[]> {
  const tries = groupedBy(attempts, ({ request }) => request.marker);
  const versionOf = ({ type, marker }: LogRecord): Version => {
    const ofMarker = tries.get(marker ?? '') ?? [];
    return {
      status: type.replace('order.', ''),
      notBefore: Math.min(...ofMarker.map(({ startedAt }) => startedAt)),
      notAfter: Math.min(...ofMarker.filter(isAccepted).map(({ endedAt }) => endedAt)),
    };
  };
  const byStream = groupedBy(log, ({ streamId }) => streamId);
  return new Map(
    [...byStream].map(([streamId, records]) => [
      streamId,
      withLaterKnowledge(records.toSorted((a, b) => a.version - b.version).map(versionOf)),
    ]),
  );
}

/** A version whose own answer got lost was there, at the latest, when a later one was answered. */
function withLaterKnowledge(versions: readonly Version[]): Version[] {
  let known = Number.POSITIVE_INFINITY;
  return versions
    .toReversed()
    .map((version) => {
      known = Math.min(known, version.notAfter);
      return { ...version, notAfter: known };
    })
    .toReversed();
}
