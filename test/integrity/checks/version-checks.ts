import { type AcceptedAttempt, type Attempt, isAccepted } from '../history.js';
import { type LogRecord, placeOf } from '../log-record.js';
import { allows } from './order-life.js';
import { groupedBy, type Violation, violation } from '../violation.js';

/** Promise 2: versions of a stream are 1, 2, 3 … in log order, with one winner for each expected version. */
export function versionViolations(attempts: readonly Attempt[], log: readonly LogRecord[]): Violation[] {
  const inLogOrder = log.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
  return [
    ...[...groupedBy(inLogOrder, ({ streamId }) => streamId).values()].flatMap(streamViolations),
    ...winnerViolations(attempts.filter(isAccepted)),
    ...orderViolations(attempts),
  ];
}

function streamViolations(records: readonly LogRecord[]): Violation[] {
  const [first] = records;
  if (records.some(({ partition }) => partition !== first?.partition)) {
    return [violation('stream-split', `${first?.streamId}: ${records.map(placeOf).join(', ')}`)];
  }
  const found: Violation[] = [];
  let version = 0;
  let status = 'none';
  for (const record of records) {
    const next = record.type.replace('order.', '');
    const what = `${record.streamId}: version ${record.version} at ${placeOf(record)} follows version ${version}`;
    if (record.version <= version) found.push(violation('version-repeated', what));
    else if (record.version > version + 1) found.push(violation('version-skipped', what));
    if (!allows(status, next)) found.push(violation('illegal-step', `${what}: ${status} → ${next}`));
    ({ version } = record);
    status = next;
  }
  return found;
}

function winnerViolations(accepted: readonly AcceptedAttempt[]): Violation[] {
  const conditional = accepted.filter(({ request }) => request.expectedVersion !== undefined);
  const races = groupedBy(
    conditional,
    ({ request, outcome }) => `${outcome.orderId} at ${request.expectedVersion}`,
  );
  return [...races].flatMap(([race, winners]) => {
    const markers = new Set(winners.map(({ request }) => request.marker));
    const wrong = winners.filter(
      ({ request, outcome }) => outcome.version !== Number(request.expectedVersion) + 1,
    );
    return [
      ...(markers.size > 1 ? [violation('two-winners', `${race}: ${[...markers].join(' and ')}`)] : []),
      ...wrong.map(({ request, outcome }) =>
        violation('wrong-winner', `${race}: ${request.marker} became version ${outcome.version}`),
      ),
    ];
  });
}

/** A command that was answered before another one was sent comes before it in their stream. */
function orderViolations(attempts: readonly Attempt[]): Violation[] {
  // For a command with a key, the first send and the first answer count.
  const commands = [...groupedBy(attempts, ({ request }) => request.marker).values()].flatMap((tries) => {
    const accepted = tries.filter(isAccepted);
    const [first] = accepted;
    return first
      ? {
          ...first.outcome,
          marker: first.request.marker,
          sent: Math.min(...tries.map(({ startedAt }) => startedAt)),
          answered: Math.min(...accepted.map(({ endedAt }) => endedAt)),
        }
      : [];
  });
  return [...groupedBy(commands, ({ orderId }) => orderId)].flatMap(([orderId, ofStream]) => {
    const found: Violation[] = [];
    let later: (typeof ofStream)[number] | undefined;
    for (const command of ofStream.toSorted((a, b) => b.version - a.version)) {
      if (later && later.version > command.version && later.answered < command.sent) {
        found.push(
          violation(
            'out-of-order',
            `${orderId}: ${later.marker} (version ${later.version}) was answered before ${command.marker} (version ${command.version}) was sent`,
          ),
        );
      }
      if (!later || command.answered < later.answered) later = command;
    }
    return found;
  });
}
