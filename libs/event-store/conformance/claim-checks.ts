import { AppendError, type AppendOutcome, type PartitionAppender } from '../core/log/event-log.js';
import type { EventToEncode } from '#libs/contracts';
import { LogUnavailableError, type RecordedEvent } from '#libs/kernel';
import { type ConformanceCheck, must } from './conformance-check.js';
import { conformanceCheck, mustBeSame, type Trial } from './trial.js';

const HAND_OVERS = 5;
const RIVALS = 4;
const ROUNDS = 5;
/** More than one, so that a group that was torn apart shows. */
const GROUP = 3;

/** A claim gives its owner the true end of the partition. */
export const CLAIM_CHECKS: readonly ConformanceCheck[] = [
  conformanceCheck(1, 'claims at an end behind everything that was acknowledged', async (trial) => {
    const { end: start } = await trial.owner();
    const acknowledged: EventToEncode[] = [];
    for (let owner = 0; owner < HAND_OVERS; owner++) {
      const { writer, end } = await trial.owner();
      mustBeSame(await trial.read(start, end), acknowledged);
      const events = trial.events(GROUP);
      await trial.append(writer, events);
      acknowledged.push(...events);
    }
    await trial.mustHold(start, acknowledged);
  }),

  conformanceCheck(
    3,
    'lets nobody in between a claim and the next append, when many claim',
    async (trial) => {
      const { end: start } = await trial.owner();
      const rivals = await Promise.all(Array.from({ length: RIVALS }, () => compete(trial, start)));
      const groups = rivals.flat();
      const of = (outcome: Offer['outcome']) => groups.filter((group) => group.outcome === outcome);
      must(of('acknowledged').length > 0, `Of ${RIVALS} rivals none could append at all.`);
      mustBeWhole(await trial.truth(start), {
        acknowledged: of('acknowledged'),
        possible: [...of('acknowledged'), ...of('unknown')],
      });
    },
  ),

  conformanceCheck(3, 'has a claim that does not begin as an old one', async (trial) => {
    const { writer } = await trial.owner();
    must(!writer.renewalDue, 'A claim is due for renewal as soon as it is there.');
    await trial.append(writer, trial.events(1));
    must(!writer.renewalDue, 'A claim is due for renewal after its first append.');
  }),
];

/** Events that were appended together, and the outcome. */
interface Offer {
  readonly events: readonly EventToEncode[];
  readonly outcome: AppendOutcome | 'acknowledged';
}

/** Claim, read to the end, append, again and again. */
async function compete(trial: Trial, start: number): Promise<Offer[]> {
  const writer = trial.appender();
  const offers: Offer[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const end = await tryToClaim(writer);
    if (end === undefined) continue;
    const seen = await trial.read(start, end);
    const events = trial.events(GROUP);
    try {
      const base = await trial.offer(writer, events);
      offers.push({ events, outcome: 'acknowledged' });
      const before = await trial.read(start, base);
      must(
        before.length === seen.length,
        `An append was taken though ${before.length - seen.length} events had come in since its owner's claim.`,
      );
    } catch (error) {
      if (!(error instanceof AppendError)) throw error;
      offers.push({ events, outcome: error.outcome });
    }
  }
  return offers;
}

/** A claim may fail where so many want one: nothing is wrong with that. */
async function tryToClaim(writer: PartitionAppender): Promise<number | undefined> {
  try {
    return (await writer.claim()).end;
  } catch (error) {
    if (error instanceof LogUnavailableError) return undefined;
    throw error;
  }
}

function mustBeWhole(
  log: readonly RecordedEvent[],
  { acknowledged, possible }: Record<'acknowledged' | 'possible', readonly Offer[]>,
): void {
  const idOf = ({ metadata }: EventToEncode): string => metadata.eventId;
  const found = log.map(idOf);
  must(new Set(found).size === found.length, 'An event that was appended once is in the log twice.');
  const known = new Set(possible.flatMap(({ events }) => events.map(idOf)));
  must(
    found.every((id) => known.has(id)),
    'The log holds events that were refused.',
  );
  for (const { events } of acknowledged) {
    must(
      events.map(idOf).every((id) => found.includes(id)),
      'An acknowledged event is not in the log.',
    );
  }
  for (const { events } of possible) {
    const places = events.map(idOf).map((id) => log[found.indexOf(id)]?.position.offset);
    const [first] = places;
    must(
      places.every((offset, index) =>
        first === undefined ? offset === undefined : offset === first + index,
      ),
      'The events of one append do not stand behind each other.',
    );
  }
}
