import { setTimeout as sleep } from 'node:timers/promises';
import { describeEventLog } from '#libs/event-store/testing';
import { newId, readUpTo, systemClock } from '#libs/kernel';
import { someOrderEvent } from '#libs/orders/testing';
import { openLog, type TestLog } from '#libs/testing';

const opened: TestLog[] = [];
async function open(partitions?: number): Promise<TestLog> {
  const log = await openLog(partitions);
  opened.push(log);
  return log;
}
afterAll(() => Promise.all(opened.map((log) => log.close())));

describeEventLog('Kafka', async () => {
  const { log, codec, topic } = await open();
  return {
    log,
    topic,
    encode: (event) => codec.encode(event),
    makeEvent: (id, version) => someOrderEvent(id, version),
  };
});

describe('the log in Kafka', () => {
  it('puts a stream where Java clients look for it', async () => {
    const { log } = await open(1);
    // Partitions that org.apache.kafka.common.utils.Utils.murmur2 gives for these keys.
    expect(
      ['foobar', 'a-little-bit-long-string', '21'].map((key) => log.partitionOf(key, 1_000_000)),
    ).toEqual([-790332482, -985981536, -973932308].map((hash) => (hash & 0x7fffffff) % 1_000_000));
  });

  it('reads a long history in bounded batches, completely and in order', async () => {
    const { log, codec, topic } = await open(1);
    const appender = log.appender(topic, 0);
    const { end } = await appender.claim();
    const total = 12_000;
    for (let start = 0; start < total; start += 1_000) {
      const events = Array.from({ length: 1_000 }, () => codec.encode(someOrderEvent(newId(), 1)));
      await appender.append(events);
    }
    await appender.close();
    const offsets: number[] = [];
    let batches = 0;
    for await (const batch of readUpTo(log, { topic, partition: 0, offset: 0 }, end + total, systemClock)) {
      batches += 1;
      for (const { position } of batch) offsets.push(position.offset);
    }
    expect(batches).toBeGreaterThan(1);
    expect(offsets).toEqual(Array.from({ length: total }, (_, index) => end + index));
  });

  it('returns an empty batch at once at the end', async () => {
    const { log, topic } = await open(1);
    expect(await log.fetch({ topic, partition: 0, offset: 0 }, 1_000)).toMatchObject({ events: [], next: 0 });
    expect(await log.endOffsets([topic])).toEqual([{ topic, partition: 0, offset: 0 }]);
  });

  const sockets = () => process.getActiveResourcesInfo().filter((each) => each === 'TCPSocketWrap').length;
  async function untilSocketsAreBackAt(before: number): Promise<void> {
    const deadline = Date.now() + 90_000;
    while (sockets() > before && Date.now() < deadline) await sleep(50);
    expect(sockets()).toBeLessThanOrEqual(before);
  }

  it('leaks no connection when many calls connect at once', async () => {
    const before = sockets();
    const { log, topic, close } = await openLog(3);
    await Promise.all([0, 1, 2].map((partition) => log.fetch({ topic, partition, offset: 0 }, 1_000)));
    await close();
    await untilSocketsAreBackAt(before);
  });

  it('leaks no connection when closed during a claim', async () => {
    const before = sockets();
    // Closed at every stage of the claim, which goes on connecting and asking for as long as it can.
    for (const afterMs of [0, 1, 2, 5, 10, 15, 20, 30, 50]) {
      const { log, topic, close } = await openLog(1);
      log
        .appender(topic, 0)
        .claim()
        .catch(() => undefined);
      await sleep(afterMs);
      await close();
      await expect(log.endOffsets([topic])).rejects.toThrow('closed');
    }
    await untilSocketsAreBackAt(before);
  });

  it('reports a missing topic', async () => {
    const { log } = await open(1);
    await expect(log.partitionCount('no-such-topic')).rejects.toMatchObject({ name: 'LogUnavailableError' });
  });
});
