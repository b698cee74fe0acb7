import type { LoggedEvent } from '#libs/contracts';
import { newId, systemClock } from '#libs/kernel';
import { someOrderEvent } from '#libs/orders/testing';
import { openLog, testSettings, type TestLog } from '#libs/testing';
import { KafkaProtocol } from './protocol/kafka-protocol.js';
import { RawLog } from './raw-log.js';

describe('the log as people look at it', () => {
  let test: TestLog;
  let raw: RawLog;
  const orderIds = Array.from({ length: 20 }, newId);

  beforeAll(async () => {
    test = await openLog(1);
    raw = new RawLog(() => new KafkaProtocol(testSettings().kafka), test.codec);
    const appender = test.log.appender(test.topic, 0);
    await appender.claim();
    for (const orderId of orderIds) {
      const [commandId, other] = [newId(), newId()];
      const created = someOrderEvent(orderId, 1, undefined, { commandId });
      const confirmed = someOrderEvent(orderId, 2, 'confirmed', { commandId });
      const shipped = someOrderEvent(orderId, 3, 'shipped', { commandId: other });
      await appender.append([created, confirmed, shipped].map((event) => test.codec.encode(event)));
    }
    await appender.close();
  });
  afterAll(async () => {
    await raw.close();
    await test.close();
  });

  const at = (offset: number) => ({ topic: test.topic, partition: 0, offset });
  const all = async () => (await raw.records(at(0), 10_000_000)) ?? [];

  it('has each record with its time, key and headers, and those of brokers and writers', async () => {
    const records = await all();
    const [range] = (await raw.ranges(test.topic))!;
    expect([range!.start, records.at(-1)!.offset]).toEqual([0, range!.end - 1]);
    expect(records.some(({ isControlRecord }) => isControlRecord)).toBe(true);
    const first = records.find(({ key }) => key?.toString() === orderIds[0])!;
    expect(first.headers).toContainEqual(['ce_type', 'order.created']);
    expect(Math.abs(first.timestamp - systemClock.now())).toBeLessThan(600_000);
    expect(await raw.offsetAt(range!, first.timestamp)).toBeLessThanOrEqual(first.offset);
    expect(await raw.offsetAt(range!, systemClock.now() + 600_000)).toBe(range!.end);
  });

  it('has nothing where there is nothing', async () => {
    const [range] = (await raw.ranges(test.topic))!;
    expect(await raw.records(at(range!.end), 1_000)).toEqual([]);
    expect(await raw.records(at(range!.end + 5), 1_000)).toBeUndefined();
    expect(await raw.ranges('nowhere')).toBeUndefined();
  });

  it('gives events by position, with those of the same command behind them', async () => {
    const records = await all();
    const created = records.filter(({ marks }) => marks.type === 'order.created');
    const wanted = [created[3]!, created[12]!, created[0]!].map(({ offset }) => at(offset));
    const found = await raw.events(wanted);
    const story = (events: readonly LoggedEvent[]) =>
      events.map(({ metadata }) => `${orderIds.indexOf(metadata.streamId)}: ${metadata.version}`).toSorted();
    expect(story(found)).toEqual(['0: 1', '0: 2', '12: 1', '12: 2', '3: 1', '3: 2']);
    const last = at(records.findLast(({ marks }) => marks.type === 'order.shipped')!.offset);
    expect(story(await raw.events([last]))).toEqual(['19: 3']);
    expect(await raw.events([at(last.offset + 1_000)])).toEqual([]);
  });

  it('says why a record is no event', async () => {
    const [record] = (await all()).filter(({ marks }) => marks.type === 'order.created');
    expect(await raw.decode(at(0), record!)).toMatchObject({ type: 'order.created' });
    const broken = { ...record!, value: Buffer.concat([record!.value!.subarray(0, 5), Buffer.from([9])]) };
    expect(await raw.decode(at(0), broken)).toMatchObject({ fault: 'bytes' });
    const foreign = { ...record!, marks: { source: undefined, type: undefined } };
    expect(await raw.decode(at(0), foreign)).toBeUndefined();
  });
});
