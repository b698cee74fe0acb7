import type { PartitionAppender } from '#libs/event-store';
import { newId, type RecordedEvent } from '#libs/kernel';
import { someOrderEvent } from '#libs/testing';
import { openLog, type TestLog } from '#libs/testing/servers';
import type { KafkaEventLog } from '../kafka-event-log.js';

/** Promise 3: a former owner's record is never accepted after a claim. */
describe('a fenced appender', () => {
  let opened: TestLog;
  beforeEach(async () => {
    opened = await openLog(1);
  });
  afterEach(() => opened.close());

  const event = () => opened.codec.encode(someOrderEvent(newId(), 1));
  const appender = (log: KafkaEventLog = opened.log) => log.appender(opened.topic, 0);

  async function claimed(log?: KafkaEventLog): Promise<PartitionAppender> {
    const made = appender(log);
    await made.claim();
    return made;
  }

  async function events(end: number): Promise<RecordedEvent[]> {
    const all: RecordedEvent[] = [];
    for await (const batch of opened.log.read({ topic: opened.topic, partition: 0, offset: 0 }, end)) {
      all.push(...batch);
    }
    return all;
  }

  it('is refused once another has claimed, before and after that one’s first append', async () => {
    const former = await claimed();
    await former.append([event()]);
    const present = appender();
    const { end } = await present.claim();
    await expect(former.append([event()])).rejects.toMatchObject({ outcome: 'fenced' });
    const former2 = await claimed();
    const owner = await claimed();
    const base = await owner.append([event()]);
    await expect(former2.append([event()])).rejects.toMatchObject({ outcome: 'fenced' });
    await expect(present.append([event()])).rejects.toMatchObject({ outcome: 'fenced' });
    expect(base).toBeGreaterThanOrEqual(end);
    expect(await events(base + 1)).toHaveLength(2);
  });

  it('is refused also where it has never appended', async () => {
    const former = await claimed();
    await claimed();
    await expect(former.append([event()])).rejects.toMatchObject({ outcome: 'fenced' });
  });

  it('leaves one owner when many claim at once, and that one sees all that was appended', async () => {
    const rivals = Array.from({ length: 6 }, () => appender());
    let accepted = 0;
    const rounds = rivals.map(async (rival) => {
      for (let round = 0; round < 5; round++) {
        const { end } = await rival.claim();
        const seen = await events(end);
        const base = await rival.append([event()]).catch(() => undefined);
        if (base === undefined) continue;
        accepted++;
        // Nobody got in between the read and the append.
        expect(await events(base)).toHaveLength(seen.length);
      }
    });
    await Promise.all(rounds);
    const last = await appender().claim();
    expect(await events(last.end)).toHaveLength(accepted);
    expect(accepted).toBeGreaterThan(0);
  });

  it('shuts out owners that claimed under another producer id, whether they have appended or not', async () => {
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
    const fourth = await opened.log.appender(opened.topic, 0).claim();
    expect(await events(fourth.end)).toHaveLength(2);
  });

  it('tells that an event is too large, and goes on after the next claim', async () => {
    const owner = await claimed();
    const huge = { ...event(), value: Buffer.alloc(9_000_000) };
    await expect(owner.append([huge])).rejects.toMatchObject({ outcome: 'rejected' });
    await expect(owner.append([event()])).rejects.toMatchObject({ outcome: 'rejected' });
    await owner.claim();
    await owner.append([event()]);
  });

  it('is claimed many times without an append, and still finds who has to be shut out', async () => {
    const first = await claimed();
    await first.append([event()]);
    for (let claim = 0; claim < 8; claim++) await claimed();
    const other = opened.claimedAs(newId()).appender(opened.topic, 0);
    await other.claim();
    await expect(first.append([event()])).rejects.toMatchObject({ outcome: 'fenced' });
  });
});
