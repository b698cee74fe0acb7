import type { EventBatch, Position } from '#libs/kernel';
import { type ConformanceCheck, must } from './conformance-check.js';
import { conformanceCheck, mustBeSame, PARTITION, type Trial } from './trial.js';

/** No event of this suite is from then on. */
const FAR_FUTURE_MS = Date.UTC(2999, 0);

/** The guarantees for every reader of the log. */
export const READ_CHECKS: readonly ConformanceCheck[] = [
  conformanceCheck(1, 'gives batches that follow on each other', async (trial) => {
    const { writer } = await trial.owner();
    const events = trial.events(4);
    const base = await trial.append(writer, events);
    const batches: EventBatch[] = [];
    for (let offset = base; offset < base + events.length; ) {
      const batch = await fetch(trial, offset);
      must(batch.first === offset, `A batch from ${offset} on was asked for, and began at ${batch.first}.`);
      must(batch.next > offset, `A batch from ${offset} on led no further, although there are events.`);
      must(
        batch.events.every(({ position }) => position.offset >= offset && position.offset < batch.next),
        'A batch holds events from outside of it.',
      );
      batches.push(batch);
      offset = batch.next;
    }
    mustBeSame(
      batches.flatMap((batch) => batch.events),
      events,
    );
  }),

  conformanceCheck(1, 'gives an empty batch at its end', async (trial) => {
    const { writer } = await trial.owner();
    await trial.append(writer, trial.events(1));
    const end = await offsetIn(trial, (log, topics) => log.endOffsets(topics));
    const { events, next, unreadable } = await fetch(trial, end);
    must(events.length === 0 && next === end, `At the end of the log, ${end}, a batch led to ${next}.`);
    must(unreadable === undefined, `At the end of the log, there is a record that cannot be read.`);
  }),

  conformanceCheck(1, 'tells where it begins and ends, also by time', async (trial) => {
    const { writer } = await trial.owner();
    const base = await trial.append(writer, trial.events(2));
    const start = await offsetIn(trial, (log, topics) => log.startOffsets(topics));
    const end = await offsetIn(trial, (log, topics) => log.endOffsets(topics));
    must(start <= base, `The log was told to begin at ${start}, and has an event at ${base}.`);
    must(end >= base + 2, `The log was told to end at ${end}, and has an event at ${base + 1}.`);
    const earliest = await offsetIn(trial, (log, topics) => log.offsetsForTime(topics, 0));
    must(earliest <= base, `An event at ${base} was told to be older than any time.`);
    const latest = await offsetIn(trial, (log, topics) => log.offsetsForTime(topics, FAR_FUTURE_MS));
    must(latest >= base + 2, `An event at ${base + 1} was told to be of a time to come.`);
  }),
];

const fetch = ({ subject: { log, topic } }: Trial, offset: number): Promise<EventBatch> =>
  log.fetch({ topic, partition: PARTITION, offset });

/** The answer for the partition of the checks. */
async function offsetIn(
  { subject: { log, topic } }: Trial,
  ask: (log: Trial['subject']['log'], topics: readonly string[]) => Promise<readonly Position[]>,
): Promise<number> {
  const positions = await ask(log, [topic]);
  const found = positions.find((each) => each.topic === topic && each.partition === PARTITION);
  must(found !== undefined, `The log does not tell an offset of partition ${PARTITION}.`);
  return found.offset;
}
