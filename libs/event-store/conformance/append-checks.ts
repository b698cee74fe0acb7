import { newId } from '#libs/kernel';
import { type ConformanceCheck, must } from './conformance-check.js';
import { conformanceCheck, mustBeSame } from './trial.js';

/** A group of commands of a busy moment: an adapter that cuts groups into parts shows it here. */
const MANY = 300;

/** The guarantees for a single owner. */
export const APPEND_CHECKS: readonly ConformanceCheck[] = [
  conformanceCheck(1, 'reads back what was appended, in order and with its place', async (trial) => {
    const { writer, end } = await trial.owner();
    const events = trial.events(3);
    const base = await trial.append(writer, events);
    must(base >= end, `The claim told ${end} as the end of the log, and the append began at ${base}.`);
    const read = await trial.read(base, base + 3);
    mustBeSame(read, events);
    events.forEach((event, index) => {
      const position = { topic: trial.subject.topic, partition: 0, offset: base + index };
      // An adapter may give more with it.
      const { type, data, metadata, position: place } = read[index] ?? {};
      must(
        canonical({ type, data, metadata, position: place }) === canonical({ ...event, position }),
        'An event was read back with other contents, or from another place, than it was appended with.',
      );
    });
  }),

  conformanceCheck(2, 'appends a group as a whole, its events behind each other', async (trial) => {
    const { writer, end } = await trial.owner();
    const events = trial.events(MANY);
    const base = await trial.append(writer, events);
    const read = await trial.read(base, base + MANY);
    mustBeSame(read, events);
    must(
      read.every(({ position }, index) => position.offset === base + index),
      'Something stands between the events of one append.',
    );
    await trial.mustHold(end, events);
  }),

  conformanceCheck(2, 'appends one group after the other without a gap', async (trial) => {
    const { writer } = await trial.owner();
    const first = await trial.append(writer, trial.events(2));
    const second = await trial.append(writer, trial.events(1));
    must(
      second === first + 2,
      `Two events were appended at ${first}, and the next at ${second}: somebody else writes to the partition.`,
    );
  }),

  conformanceCheck(3, 'refuses for certain to append before a claim', async (trial) => {
    const { end } = await trial.owner();
    const { outcome } = await trial.refusal(
      trial.appender(),
      trial.events(1),
      'somebody who never claimed the partition',
    );
    must(outcome !== 'unknown', 'An append without a claim was not refused for certain.');
    await trial.mustHold(end, []);
  }),

  conformanceCheck(1, 'reads nothing from its end', async (trial) => {
    const { end } = await trial.owner();
    must((await trial.read(end, end)).length === 0, 'Something was read from behind the end of the log.');
  }),

  conformanceCheck(1, 'reads a part from the middle', async (trial) => {
    const { writer } = await trial.owner();
    const events = trial.events(4);
    const base = await trial.append(writer, events);
    mustBeSame(await trial.read(base + 1, base + 3), events.slice(1, 3));
  }),

  conformanceCheck(2, 'puts a stream into one partition, and streams into all of them', async (trial) => {
    const { log, topic } = trial.subject;
    const count = await log.partitionCount(topic);
    const partitions = Array.from({ length: 500 }, () => {
      const id = newId();
      const partition = log.partitionOf(id, count);
      must(log.partitionOf(id, count) === partition, 'A stream was sought in two partitions.');
      must(partition >= 0 && partition < count, `There is no partition ${partition}.`);
      return partition;
    });
    must(new Set(partitions).size === count, 'Of 500 streams none came to one of the partitions.');
  }),
];

/** Equal for equal values, whatever the order of their properties. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
