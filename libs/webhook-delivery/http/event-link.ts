import { AGGREGATES } from '#libs/aggregates';
import type { AnyAggregateDefinition, RecordedEvent } from '#libs/kernel';

const BY_TOPIC = new Map<string, AnyAggregateDefinition>(
  AGGREGATES.map((aggregate) => [aggregate.topic, aggregate]),
);

/**
 * Returns the ids and the `link` that a thin event carries instead of its data.
 * @param publicUrl base URL of the API; without it, the link is relative
 */
export function eventLink(
  { position, data }: RecordedEvent,
  publicUrl: string | undefined,
): Record<string, string> {
  const aggregate = BY_TOPIC.get(position.topic);
  if (!aggregate) return {};
  const { subject, relatedIds = [], link } = aggregate;
  const fields = data as Readonly<Record<string, unknown>>;
  const shown: Record<string, string> = {};
  for (const name of [subject, ...relatedIds]) {
    const id = fields[name];
    if (typeof id === 'string') shown[name] = id;
  }
  const id = shown[subject];
  if (id === undefined) return shown;
  const base = publicUrl?.replace(/\/+$/, '') ?? '';
  return { ...shown, link: base + link(encodeURIComponent(id)) };
}
