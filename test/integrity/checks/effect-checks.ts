import { type AcceptedAttempt, type Attempt, isAccepted } from '../history.js';
import { type LogRecord, placeOf } from '../log-record.js';
import { groupedBy, type Violation, violation } from '../violation.js';

/** Promise 1: what was acknowledged is in the log, once, where the answer said; what was refused is not. */
export function effectViolations(attempts: readonly Attempt[], log: readonly LogRecord[]): Violation[] {
  const tries = groupedBy(attempts, ({ request }) => request.marker);
  const effects = groupedBy(log, ({ marker }) => marker);
  return [
    ...[...tries].flatMap(([marker, ofMarker]) => ofOneBody(ofMarker, effects.get(marker) ?? [])),
    ...log
      .filter(({ marker }) => marker === undefined || !tries.has(marker))
      .map((record) => violation('foreign', `${placeOf(record)} (${record.type}) is nobody's command`)),
    ...identityViolations(log),
  ];
}

function ofOneBody(tries: readonly Attempt[], records: readonly LogRecord[]): Violation[] {
  const [record, ...more] = records;
  const accepted = tries.filter(isAccepted);
  const { marker } = (tries[0] as Attempt).request;
  if (!record) {
    return accepted
      .slice(0, 1)
      .map(({ outcome }) =>
        violation('lost', `${marker}: acknowledged at ${outcome.position}, not in the log`),
      );
  }
  const places = records.map(placeOf).join(' and ');
  if (more.length > 0) return [violation('duplicated', `${marker}: in the log at ${places}`)];
  if (tries.every(({ outcome }) => outcome.kind === 'rejected' || outcome.kind === 'failed')) {
    const told = tries.map(({ outcome }) => outcome.kind).join(', ');
    return [violation('refused-but-there', `${marker}: ${told}, and in the log at ${places}`)];
  }
  return accepted.flatMap((attempt) => ofOneAnswer(attempt, record));
}

function ofOneAnswer({ request, outcome }: AcceptedAttempt, record: LogRecord): Violation[] {
  const told = [outcome.position, outcome.version, outcome.orderId, `order.${request.status}`].join(', ');
  const found = [placeOf(record), record.version, record.streamId, record.type].join(', ');
  return told === found
    ? []
    : [violation('misplaced', `${request.marker}: answered ${told}; the log has ${found}`)];
}

/** A record's headers agree with its value, and no two events share an id. */
function identityViolations(log: readonly LogRecord[]): Violation[] {
  const seen = new Map<string, LogRecord>();
  return log.flatMap((record) => {
    const { key, headers, streamId, eventId, type, version } = record;
    const first = seen.get(eventId);
    seen.set(eventId, first ?? record);
    const inHeaders = [key, headers.id, headers.type, headers.version].join(', ');
    const inValue = [streamId, eventId, type, version].join(', ');
    return [
      ...(first
        ? [violation('event-id-repeated', `${eventId}: at ${placeOf(first)} and ${placeOf(record)}`)]
        : []),
      ...(inHeaders === inValue
        ? []
        : [violation('header-differs', `${placeOf(record)}: ${inHeaders}; the value says ${inValue}`)]),
    ];
  });
}
