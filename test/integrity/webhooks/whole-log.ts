import { join } from 'node:path';
import { LogReader } from '../log-reader.js';
import { positionOf } from './checks/owed.js';
import type { Acknowledged, LogEvent, LogEvidence } from './evidence.js';
import { readRules } from './rules-in-log.js';
import type { WebhookTestbed } from './webhook-testbed.js';

const TOPICS = ['orders', 'inventory'];
/** On a machine that is too busy, the consumer takes a pause for the end of the log. */
const MOST_READS = 4;

/** The log with all that clients know to be in it, read again while something of that is missing. */
export async function readWholeLog(
  testbed: WebhookTestbed,
  acknowledged: readonly Acknowledged[],
  subscriptionIds: readonly string[],
): Promise<LogEvidence> {
  for (let reads = 1; ; reads++) {
    const evidence = { acknowledged, log: await readLog(testbed), rules: await readRules(testbed) };
    const missing = unreadIn(evidence) + subscriptionIds.filter((id) => !evidence.rules.has(id)).length;
    if (missing === 0 || reads === MOST_READS) return evidence;
  }
}

/** How many events that clients were told of are not in the log as it was read. */
export function unreadIn({ log, acknowledged }: LogEvidence): number {
  const read = new Set(log.map(positionOf));
  return acknowledged.filter(({ position }) => !read.has(position)).length;
}

async function readLog({ kafka, registryUrl, directory }: WebhookTestbed): Promise<LogEvent[]> {
  const logs = await Promise.all(
    TOPICS.map(async (topic) => {
      const reader = new LogReader(kafka.brokers, registryUrl, join(directory, `read-${topic}.log`));
      return (await reader.read(topic)).map((record) => ({ ...record, topic }));
    }),
  );
  return logs.flat();
}
