import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';

const WITHIN_MS = 60_000;
const PAUSE_MS = 250;

/** Waits until every replica of every partition is in sync. */
export async function awaitInSyncReplicas(brokers: string): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const deadline = performance.now() + WITHIN_MS;
    for (;;) {
      const { topics } = await admin.fetchTopicMetadata();
      const partitions = topics.flatMap(({ partitions: some }) => some);
      if (partitions.every(({ isr, replicas, leader }) => leader >= 0 && isr.length === replicas.length))
        return;
      if (performance.now() > deadline) throw new Error('replicas are not in sync in time');
      await sleep(PAUSE_MS);
    }
  } finally {
    await admin.disconnect();
  }
}
