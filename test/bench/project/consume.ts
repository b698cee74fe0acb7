/** The limit for any reader of the log: kafkajs' consumer and the codec, with nothing done to the events. */
import type { KafkaMessage } from 'kafkajs';
import { newId } from '#libs/kernel';
import { connectLog } from '#libs/testing';
import { serveJobs } from '../measuring/worker.js';
import { type Run, stopwatch } from './runs.js';

export interface ConsumeJob {
  readonly topic: string;
  readonly events: number;
}

const MAX_BYTES = 64_000_000;
const MAX_BYTES_PER_PARTITION = 8_000_000;

async function consume({ topic, events }: ConsumeJob): Promise<Run> {
  const { log, kafka, close } = await connectLog();
  const withJoining = stopwatch();
  let elapsed: ReturnType<typeof stopwatch> | undefined;
  const consumer = kafka.consumer({
    groupId: `bench-${newId()}`,
    maxBytes: MAX_BYTES,
    maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
    maxWaitTimeInMs: 100,
  });
  // From the first fetch on: what it brings is a large part of a small log.
  consumer.on(consumer.events.FETCH_START, () => (elapsed ??= stopwatch()));
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let seen = 0;
  const ended = new Promise<Run>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer
      .run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          const decoded = await log.decodeReadable(topic, batch.partition, batch.messages.map(recordOf));
          if (decoded.failure) reject(decoded.failure);
          seen += decoded.events.length;
          if (seen < events || !elapsed) return;
          const { seconds, micros } = elapsed();
          const lost = seen === events ? {} : { lost: `${seen} of ${events} events` };
          const secondsWithJoining = withJoining().seconds;
          resolve({ events, seconds, cpuMicros: micros / events, secondsWithJoining, ...lost });
        },
      })
      .catch(reject);
  });
  const run = await ended;
  await consumer.disconnect();
  await close();
  return run;
}

const recordOf = ({ offset, key, value, headers }: KafkaMessage) => ({
  offset,
  key,
  value,
  marks: { source: String(headers?.['ce_source']), type: String(headers?.['ce_type']) },
});

serveJobs(consume);
