import type { EventBatch, Position } from '#libs/kernel';
import { type ConformanceCheck, must } from './conformance-check.js';
import { conformanceCheck, mustBeSame, PARTITION, type Trial } from './trial.js';

/** Later than any event of this suite. */
const FAR_FUTURE_MS = Date.UTC(2999, 0);

/** The guarantees for every reader of the log. */
export const READ_CHECKS: readonly ConformanceCheck[] = [
  conformanceCheck(1, 'returns consecutive batches', async (trial) => {
    const { writer } = await trial.owner();
    const events = trial.events(4);
    const base = await trial.append(writer, events);
    const batches: EventBatch[] = [];
    for (let offset = base; offset < base + events.length; ) {
      const batch = await fetch(trial, offset);
      must(batch.first === offset, `A fetch from ${offset} returned a batch that begins at ${batch.first}.`);
      must(batch.next > offset, `A fetch from ${offset} did not advance, although events follow.`);
      must(
        batch.events.every(({ position }) => position.offset >= offset && position.offset < batch.next),
        'A batch holds events from outside its range.',
      );
      batches.push(batch);
      offset = batch.next;
    }
    mustBeSame(
      batches.flatMap((batch) => batch.events),
      events,
    );
  }),

  conformanceCheck(1, 'returns an empty batch at its end', async (trial) => {
    const { writer } = await trial.owner();
    await trial.append(writer, trial.events(1));
    const end = await offsetIn(trial, (log, topics) => log.endOffsets(topics));
    const { events, next, unreadable } = await fetch(trial, end);
    must(events.length === 0 && next === end, `A fetch at the end of the log, ${end}, advanced to ${next}.`);
    must(unreadable === undefined, 'A fetch at the end of the log reported an unreadable record.');
  }),

  conformanceCheck(1, 'reports its start and end, and offsets by time', async (trial) => {
    const { writer } = await trial.owner();
    const base = await trial.append(writer, trial.events(2));
    const start = await offsetIn(trial, (log, topics) => log.startOffsets(topics));
    const end = await offsetIn(trial, (log, topics) => log.endOffsets(topics));
    must(start <= base, `The log reports ${start} as its start, but has an event at ${base}.`);
    must(end >= base + 2, `The log reports ${end} as its end, but has an event at ${base + 1}.`);
    const earliest = await offsetIn(trial, (log, topics) => log.offsetsForTime(topics, 0));
    must(earliest <= base, `An event at ${base} is missing from everything since the epoch.`);
    const latest = await offsetIn(trial, (log, topics) => log.offsetsForTime(topics, FAR_FUTURE_MS));
    must(latest >= base + 2, `An event at ${base + 1} counts as one of the year 2999.`);
  }),
];

const fetch = ({ subject: { log, topic } }: Trial, offset: number): Promise<EventBatch> =>
  log.fetch({ topic, partition: PARTITION, offset });

async function offsetIn(
  { subject: { log, topic } }: Trial,
  ask: (log: Trial['subject']['log'], topics: readonly string[]) => Promise<readonly Position[]>,
): Promise<number> {
  const positions = await ask(log, [topic]);
  const found = positions.find((each) => each.topic === topic && each.partition === PARTITION);
  must(found !== undefined, `The log reports no offset for partition ${PARTITION}.`);
  return found.offset;
}
