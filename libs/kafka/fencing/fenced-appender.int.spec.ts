import type { PartitionAppender } from '#libs/event-store/core';
import { newId, readUpTo, type RecordedEvent, systemClock } from '#libs/kernel';
import { someOrderEvent } from '#libs/orders/testing';
import { openLog, type TestLog } from '#libs/testing';
import type { KafkaEventLog } from '../kafka-event-log.js';

/** The parts of promise 3 that are specific to Kafka. The conformance suite has those that every log must keep. */
describe('a fenced appender', () => {
  let opened: TestLog;
  beforeEach(async () => {
    opened = await openLog(1);
  });
  afterEach(() => opened.close());

  const event = () => opened.codec.encode(someOrderEvent(newId(), 1));

  async function claimed(log: KafkaEventLog = opened.log): Promise<PartitionAppender> {
    const made = log.appender(opened.topic, 0);
    await made.claim();
    return made;
  }

  async function events(end: number): Promise<RecordedEvent[]> {
    const all: RecordedEvent[] = [];
    for await (const batch of readUpTo(
      opened.log,
      { topic: opened.topic, partition: 0, offset: 0 },
      end,
      systemClock,
    )) {
      all.push(...batch);
    }
    return all;
  }

  it('fences owners with another producer id, whether they have appended or not', async () => {
    const first = await claimed();
    await first.append([event()]);
    const second = await claimed(opened.claimedAs(newId()));
    await expect(first.append([event()])).rejects.toMatchObject({ outcome: 'fenced' });
    const third = opened.claimedAs(newId()).appender(opened.topic, 0);
    const { end } = await third.claim();
    await expect(second.append([event()])).rejects.toMatchObject({ outcome: 'fenced' });
    // The records that shut them out are events to nobody.
    expect(await events(end)).toHaveLength(1);
    expect(await third.append([event()])).toBe(end);
    const again = await third.claim();
    expect(await events(again.end)).toHaveLength(2);
  });

  it('reports an event that is too large, and works after the next claim', async () => {
    const owner = await claimed();
    const huge = { ...event(), value: Buffer.alloc(9_000_000) };
    await expect(owner.append([huge])).rejects.toMatchObject({ outcome: 'rejected' });
    await expect(owner.append([event()])).rejects.toMatchObject({ outcome: 'rejected' });
    await owner.claim();
    await owner.append([event()]);
  });

  it('still finds the producers to fence after many claims without an append', async () => {
    const first = await claimed();
    await first.append([event()]);
    for (let claim = 0; claim < 8; claim++) await claimed();
    const other = opened.claimedAs(newId()).appender(opened.topic, 0);
    await other.claim();
    await expect(first.append([event()])).rejects.toMatchObject({ outcome: 'fenced' });
  });
});
