import type { EncodeEvent, EventLog, EventToEncode, PartitionAppender } from '#libs/event-store';
import { type RecordedEvent, newId } from '#libs/kernel';

/** A log with one topic of its own, and what is needed to write real events to it. */
export interface LogUnderTest {
  readonly log: EventLog;
  readonly topic: string;
  readonly encode: EncodeEvent;
  /** An event of the topic, of the given place in its stream. */
  readonly makeEvent: (streamId: string, version: number) => EventToEncode;
}

/** What every event log must do, whatever it is made of. Run it against each adapter. */
export function describeEventLog(name: string, open: () => Promise<LogUnderTest>): void {
  describe(`event log: ${name}`, () => {
    let subject: LogUnderTest;
    const partition = 0;
    const appenders: PartitionAppender[] = [];

    beforeAll(async () => {
      subject = await open();
    });
    afterAll(() => Promise.all(appenders.map((appender) => appender.close())));

    function appender(): PartitionAppender {
      const made = subject.log.appender(subject.topic, partition);
      appenders.push(made);
      return made;
    }

    async function readAll(from: number, end: number): Promise<RecordedEvent[]> {
      const read: RecordedEvent[] = [];
      const position = { topic: subject.topic, partition, offset: from };
      for await (const batch of subject.log.read(position, end)) read.push(...batch);
      return read;
    }

    const encode = (...events: EventToEncode[]) => events.map((event) => subject.encode(event));

    it('reads back what was appended, in order and with its place', async () => {
      const writer = appender();
      const { end } = await writer.claim();
      const streamId = newId();
      const events = [1, 2, 3].map((version) => subject.makeEvent(streamId, version));
      const base = await writer.append(encode(...events));
      expect(base).toBeGreaterThanOrEqual(end);
      const read = await readAll(base, base + 3);
      expect(read).toEqual(
        events.map((event, index) => ({
          ...event,
          position: { topic: subject.topic, partition, offset: base + index },
        })),
      );
    });

    it('claims at an end that has everything appended before', async () => {
      const writer = appender();
      await writer.claim();
      const base = await writer.append(encode(subject.makeEvent(newId(), 1)));
      const { end } = await appender().claim();
      expect(end).toBeGreaterThan(base);
      expect((await readAll(base, end)).map(({ position }) => position.offset)).toContain(base);
    });

    it('appends one group after the other without a gap', async () => {
      const writer = appender();
      await writer.claim();
      const first = await writer.append(encode(subject.makeEvent(newId(), 1), subject.makeEvent(newId(), 1)));
      const second = await writer.append(encode(subject.makeEvent(newId(), 1)));
      expect(second).toBe(first + 2);
    });

    it('refuses for certain to append before a claim', async () => {
      const rejected = appender().append(encode(subject.makeEvent(newId(), 1)));
      await expect(rejected).rejects.toMatchObject({
        name: 'AppendError',
        outcome: expect.stringMatching(/rejected|fenced/),
      });
    });

    it('reads nothing from its end', async () => {
      const { end } = await appender().claim();
      expect(await readAll(end, end)).toEqual([]);
    });

    it('reads a part from the middle', async () => {
      const writer = appender();
      await writer.claim();
      const streamId = newId();
      const events = [1, 2, 3, 4].map((version) => subject.makeEvent(streamId, version));
      const base = await writer.append(encode(...events));
      const read = await readAll(base + 1, base + 3);
      expect(read.map(({ metadata }) => metadata.version)).toEqual([2, 3]);
    });

    it('puts a stream into one partition, and streams into all of them', async () => {
      const count = await subject.log.partitionCount(subject.topic);
      const ids = Array.from({ length: 500 }, () => newId());
      const partitions = ids.map((id) => subject.log.partitionOf(id, count));
      expect(partitions).toEqual(ids.map((id) => subject.log.partitionOf(id, count)));
      expect(new Set(partitions)).toEqual(new Set(Array.from({ length: count }, (_, index) => index)));
    });
  });
}
