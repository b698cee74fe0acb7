import { join } from 'node:path';
import { LogReader } from '../log-reader.js';
import type { FeedRule, FeedRules } from './evidence.js';
import type { WebhookTestbed } from './webhook-testbed.js';

const TOPIC = 'webhooks';

/** Of the events that say what a subscription asks for. */
interface SubscriptionValue {
  readonly subscriptionId: string;
  readonly eventTypes: readonly string[];
  readonly filter: string | null;
  readonly positions: Readonly<Record<string, number>>;
  /** Of the first. */
  readonly start?: Readonly<Record<string, number>>;
  /** Of the others. */
  readonly changed?: readonly string[];
}

/** What each subscription asked for, and from where on, as an independent reader of the log finds it. */
export async function readRules({ kafka, registryUrl, directory }: WebhookTestbed): Promise<FeedRules> {
  const reader = new LogReader(kafka.brokers, registryUrl, join(directory, `read-${TOPIC}.log`));
  const events = await reader.readValues<SubscriptionValue>(TOPIC);
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

/** Of two changes at once, the second may have looked at the log first. */
function laterOf(a: FeedRule['from'], b: FeedRule['from']): FeedRule['from'] {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...keys].map((key) => [key, Math.max(a[key] ?? 0, b[key] ?? 0)]));
}

function versionsIn(filter: string | null): readonly number[] | undefined {
  if (filter === null) return undefined;
  return (JSON.parse(filter) as { 'metadata.version': number[] })['metadata.version'];
}
