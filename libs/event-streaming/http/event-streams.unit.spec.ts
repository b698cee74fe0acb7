import { jest } from '@jest/globals';
import type { Kafka } from 'kafkajs';
import type { EventCodec } from '#libs/contracts';
import type { KafkaEventLog, KafkaProtocol, LogEnvironment } from '#libs/kafka';
import type { Settings, TenantQuotas } from '#libs/platform';
import { EventStreams } from './event-streams.js';
import { ReaderConnection } from './reader-connection.js';

const INTEREST = { tenant: 'acme', eventTypes: ['*'] };

describe('a reader that is opened while the log is slow', () => {
  let answer: () => void;
  let streams: EventStreams;

  beforeEach(() => {
    const slow = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const log = {
      topicsInUse: (topics: readonly string[]) => slow.then(() => topics),
      endOffsets: async (topics: readonly string[]) =>
        topics.map((topic) => ({ topic, partition: 0, offset: 0 })),
    };
    const protocol = { disconnect: async () => undefined };
    const connect = () => ({
      log: log as unknown as KafkaEventLog,
      protocol: protocol as unknown as KafkaProtocol,
    });
    jest.spyOn(ReaderConnection, 'to').mockReturnValue(new ReaderConnection(connect));
    streams = new EventStreams(
      {} as Kafka,
      {} as EventCodec,
      // Half of it is the share of a tenant alone.
      { eventStream: { maxReaders: 2, maxReadersPerTenant: 2, memoryBytes: 1_000 } } as Settings,
      {} as LogEnvironment,
      { of: () => ({ eventStreams: 2 }) } as unknown as TenantQuotas,
    );
  });
  afterEach(() => {
    streams.beforeApplicationShutdown();
    jest.restoreAllMocks();
  });

  const open = (stop?: AbortSignal) => streams.open('poll', INTEREST, {}, stop);
  const happened = () => new Promise((resolve) => setImmediate(resolve));

  it('is given up in time, but keeps its slot until the log has answered', async () => {
    const time = new AbortController();
    const late = open(time.signal);
    time.abort();
    await expect(late).rejects.toMatchObject({ code: 'unavailable', status: 503, retryAfterSeconds: 1 });
    await expect(open()).rejects.toMatchObject({ code: 'tenant-share-exceeded', status: 429 });
    answer();
    await happened();
    const { close } = await open();
    close();
  });

  it('is opened if the log answers in time, and gives its slot back when it is closed', async () => {
    const time = new AbortController();
    const opening = open(time.signal);
    answer();
    const { reader, close } = await opening;
    expect(reader.ended).toBe(false);
    await expect(open()).rejects.toMatchObject({ code: 'tenant-share-exceeded' });
    close();
    close();
    await happened();
    (await open()).close();
  });

  it('is given up when the process stops', async () => {
    const opening = open();
    streams.beforeApplicationShutdown();
    await expect(opening).rejects.toMatchObject({ code: 'unavailable', status: 503 });
  });
});
