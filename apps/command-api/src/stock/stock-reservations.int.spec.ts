import { newId, readUpTo, type RecordedEvent, systemClock } from '#libs/kernel';
import { openLog, type TestLog } from '#libs/testing';
import { sku, startStockEngine, streamId } from './stock-engine.fixture.js';

describe('64 clients competing for the last 10 units, on Kafka', () => {
  let opened: TestLog;
  let harness: Awaited<ReturnType<typeof startStockEngine>>;
  beforeAll(async () => {
    opened = await openLog(3);
    harness = await startStockEngine(opened.log, opened.topic, (event) => opened.codec.encode(event));
  });
  afterAll(async () => {
    await harness?.engine.release();
    await opened?.close();
  });

  it('10 get one unit each', async () => {
    await harness.execute({ type: 'receive-stock', sku, quantity: 10 });
    const orderIds = Array.from({ length: 64 }, () => newId());
    await Promise.all(
      orderIds.map((orderId) =>
        harness.execute({ type: 'reserve-stock', sku, orderId, quantity: 1, whenUntracked: 'reject' }),
      ),
    );
    const partition = opened.log.partitionOf(streamId, 3);
    const end = (await opened.log.endOffsets([opened.topic])).find(
      (each) => each.partition === partition,
    )?.offset;
    const events: RecordedEvent[] = [];
    for await (const batch of readUpTo(
      opened.log,
      { topic: opened.topic, partition, offset: 0 },
      end ?? 0,
      systemClock,
    )) {
      events.push(...batch);
    }
    expect(events.map(({ metadata }) => metadata.version)).toEqual(events.map((_, index) => index + 1));
    const count = (type: string) => events.filter((event) => event.type === type).length;
    expect([count('stock.reserved'), count('stock.reservation-rejected')]).toEqual([10, 54]);
  });
});
