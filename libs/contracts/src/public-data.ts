import { type DomainEvent, withoutNulls } from '#libs/kernel';
import type { FieldSchema } from './avro-schema.js';
import { EVENT_CONTRACTS } from './generated/catalogue.js';

/** By event type, the fields that are not shown as they are in the log. */
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
 * What anybody outside is shown of an event's data, whichever way it goes: without nulls, without what is sealed, which
 * even encrypted is nobody's business, and without the queries of URLs, in which tokens stand.
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
