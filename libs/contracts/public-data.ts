import { type DomainEvent, withoutNulls } from '#libs/kernel';
import type { FieldSchema } from './avro-schema.js';
import { EVENT_CONTRACTS } from './generated/catalogue.js';

/** Fields that are not shown as they are in the log, by event type. */
const GUARDED_FIELDS: ReadonlyMap<string, ReadonlyMap<string, FieldSchema>> = new Map(
  EVENT_CONTRACTS.map(({ eventType, schema }) => [
    eventType,
    new Map(
      schema.fields
        .filter((field) => field.sealed === true || field.queryHidden === true)
        .map((field) => [field.dataName ?? field.name, field]),
    ),
  ]),
);

/**
 * The public form of an event's data: no nulls, no sealed fields, not even encrypted, and no URL queries, because they may
 * contain tokens.
 */
export function publicData({ type, data }: DomainEvent): Record<string, unknown> {
  const shown = withoutNulls(data as Record<string, unknown>);
  const guarded = GUARDED_FIELDS.get(type);
  if (!guarded?.size) return shown;
  return Object.fromEntries(
    Object.entries(shown)
      .filter(([name]) => !guarded.get(name)?.sealed)
      .map(([name, value]) => [name, guarded.has(name) ? withoutQuery(value) : value]),
  );
}

const withoutQuery = (url: unknown): unknown => (typeof url === 'string' ? url.replace(/[?#].*$/s, '') : url);
