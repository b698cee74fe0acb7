import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import type { SeededRandom } from '#libs/kernel';
import type { Cluster } from '../systems/servers.js';

type Log = (line: string) => void;

/** Kills any broker, and resolves once it is back and in sync. */
export async function killBroker({ kafka }: Cluster, random: SeededRandom, log: Log): Promise<void> {
  const node = random.pick(kafka.nodes);
  const awayMs = random.between(500, 4_000);
  log(`kill-broker ${node.id}, back after ${awayMs} ms`);
  await node.kill9();
  await sleep(awayMs);
  // It reads its log again first, which a busy machine may not manage in time.
  await node.restart().catch(() => node.restart());
  // Two brokers away at once would make partitions unavailable, and prove nothing.
  await awaitInSyncReplicas(kafka.directBrokers);
}

/** Any broker does what it is asked, but nobody learns of it for a while. */
export async function swallowAnswers({ proxies }: Cluster, random: SeededRandom, log: Log): Promise<void> {
  const proxy = random.pick(proxies);
  const forMs = random.between(200, 2_000);
  log(`swallow-answers of broker ${proxies.indexOf(proxy) + 1} for ${forMs} ms`);
  proxy.swallowAnswers();
  await sleep(forMs);
  proxy.cut();
}

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
