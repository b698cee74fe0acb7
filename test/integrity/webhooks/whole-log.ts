import { formatPosition } from '#libs/kernel';
import { join } from 'node:path';
import type { Servers } from '../../systems/servers.js';
import { LogReader } from '../log-reader.js';
import type { Acknowledged, FeedRule, FeedRules, LogEvent, LogEvidence } from './evidence.js';

const TOPICS = ['orders', 'inventory'];
const RULES_TOPIC = 'webhooks';
/** On a machine that is too busy, the consumer takes a pause for the end of the log. */
const MOST_READS = 4;

/** The log with all that clients know to be in it, read again while something of that is missing. */
export async function readWholeLog(
  servers: Servers,
  acknowledged: readonly Acknowledged[],
  subscriptionIds: readonly string[],
): Promise<LogEvidence> {
  for (let reads = 1; ; reads++) {
    const evidence = { acknowledged, log: await readLog(servers), rules: await readRules(servers) };
    const missing = unreadIn(evidence) + subscriptionIds.filter((id) => !evidence.rules.has(id)).length;
    if (missing === 0 || reads === MOST_READS) return evidence;
  }
}

/** How many events that clients were told of are not in the log as it was read. */
export function unreadIn({ log, acknowledged }: LogEvidence): number {
  const read = new Set(log.map(formatPosition));
  return acknowledged.filter(({ position }) => !read.has(position)).length;
}

const readerOf = ({ kafka, registry, directory }: Servers, topic: string): LogReader =>
  new LogReader(kafka.brokers, registry.url, join(directory, `read-${topic}.log`));

async function readLog(servers: Servers): Promise<LogEvent[]> {
  const logs = await Promise.all(
    TOPICS.map(async (topic) =>
      (await readerOf(servers, topic).read(topic)).map((record) => ({ ...record, topic })),
    ),
  );
  return logs.flat();
}

/** The fields of events that say what a subscription asks for. */
interface SubscriptionValue {
  readonly subscriptionId: string;
  readonly eventTypes: readonly string[];
  readonly filter: string | null;
  readonly positions: Readonly<Record<string, number>>;
  /** Only in the first event. */
  readonly start?: Readonly<Record<string, number>>;
  /** Only in the others. */
  readonly changed?: readonly string[];
}

/** The rules of each subscription, as an independent reader of the log finds them. */
async function readRules(servers: Servers): Promise<FeedRules> {
  const events = await readerOf(servers, RULES_TOPIC).readValues<SubscriptionValue>(RULES_TOPIC);
  const rules = new Map<string, FeedRule[]>();
  // All of a subscription are in one partition.
  for (const { record, value } of events.toSorted((a, b) => a.record.offset - b.record.offset)) {
    const from = beginningOf(value);
    if (!from) continue;
    const earlier = rules.get(value.subscriptionId) ?? [];
    rules.set(value.subscriptionId, earlier);
    earlier.push({
      from: laterOf(earlier.at(-1)?.from ?? {}, from),
      eventTypes: value.eventTypes,
      versions: versionsIn(value.filter),
      at: record.occurredAt,
    });
  }
  return rules;
}

function beginningOf({ start, changed, positions }: SubscriptionValue): FeedRule['from'] | undefined {
  if (start) return start;
  return changed?.some((name) => name === 'eventTypes' || name === 'filter') ? positions : undefined;
}

/** Of two concurrent changes, the second may have read the end of the log first. */
function laterOf(a: FeedRule['from'], b: FeedRule['from']): FeedRule['from'] {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...keys].map((key) => [key, Math.max(a[key] ?? 0, b[key] ?? 0)]));
}

function versionsIn(filter: string | null): readonly number[] | undefined {
  if (filter === null) return undefined;
  return (JSON.parse(filter) as { 'metadata.version': number[] })['metadata.version'];
}
