/** @own-servers */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PartitionAppender } from '#libs/event-store/core';
import { newId, readUpTo, type RecordedEvent, systemClock } from '#libs/kernel';
import { someOrderEvent } from '#libs/orders/testing';
import { makeTestDirectory, openLog, type TestLog, testSettings } from '#libs/testing';
import { type EmbeddedKafka, startKafka } from '../../tools/launcher/embedded.mjs';

/** How long these brokers remember a silent producer or transactional id. */
const EXPIRATION_MS = 4_000;
const SLEEP_MS = 3 * EXPIRATION_MS;

/** Promise 3, where brokers forget: rules R4 and R5 of docs/adr/0006-fenced-appends.md. */
describe('owners that brokers have forgotten', () => {
  let kafka: EmbeddedKafka;
  let opened: TestLog;

  beforeAll(async () => {
    const directory = await makeTestDirectory('forgotten');
    kafka = await startKafka({
      directory: join(directory, 'kafka'),
      settings: {
        'producer.id.expiration.ms': EXPIRATION_MS,
        'producer.id.expiration.check.interval.ms': 500,
        'transactional.id.expiration.ms': EXPIRATION_MS,
        'transaction.remove.expired.transaction.cleanup.interval.ms': 500,
      },
    });
    opened = await openLog(1, testSettings({ KAFKA_BROKERS: kafka.brokers }));
  });
  afterAll(async () => {
    await opened?.close();
    await kafka?.stop();
  });

  const event = () => opened.codec.encode(someOrderEvent(newId(), 1));
  async function owner(): Promise<PartitionAppender & { readonly end: number }> {
    const appender = opened.log.appender(opened.topic, 0);
    const { end } = await appender.claim();
    return Object.assign(appender, { end });
  }
  /** On a busy machine a claim may take so long that it is too old for the first append: then it is claimed again. */
  async function appendingOwner(): Promise<PartitionAppender> {
    for (;;) {
      const appender = await owner();
      const failure = await appender.append([event()]).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure === undefined) return appender;
      expect(failure).toMatchObject({ outcome: 'fenced', message: expect.stringContaining('too old') });
    }
  }
  async function everything(): Promise<RecordedEvent[]> {
    const [end] = await opened.log.endOffsets([opened.topic]);
    const events: RecordedEvent[] = [];
    const from = { topic: opened.topic, partition: 0, offset: 0 };
    for await (const batch of readUpTo(opened.log, from, end?.offset ?? 0, systemClock))
      events.push(...batch);
    return events;
  }
  const refused = (zombie: PartitionAppender) =>
    expect(zombie.append([event()])).rejects.toMatchObject({ outcome: 'fenced' });

  it('are refused when they wake, before and after their successor’s first append', async () => {
    const first = await appendingOwner();
    const idle = await owner();
    const successor = await owner();
    await sleep(SLEEP_MS);
    await refused(first);
    await refused(idle);
    await expect(idle.confirm()).rejects.toMatchObject({ name: 'AppendError' });
    // It has slept as long: its claim is no longer one to rely on either, and it has to claim anew.
    expect(successor.renewalDue).toBe(true);
    await refused(successor);
    const { end } = await successor.claim();
    expect(await successor.append([event()])).toBeGreaterThanOrEqual(end);
    await sleep(EXPIRATION_MS / 4);
    expect(await everything()).toHaveLength(2);
  });

  it('are shut out by the broker where their successor has another producer id', async () => {
    const before = (await everything()).length;
    const zombie = await appendingOwner();
    // The transactional id expires in the meantime, while the partition still knows the producer by its appends.
    for (let waited = 0; waited < SLEEP_MS; waited += EXPIRATION_MS / 4) {
      await sleep(EXPIRATION_MS / 4);
      await zombie.append([event()]);
    }
    const successor = await owner();
    await refused(zombie);
    await successor.append([event()]);
    expect(await everything()).toHaveLength(before + 1 + SLEEP_MS / (EXPIRATION_MS / 4) + 1);
  });
});
