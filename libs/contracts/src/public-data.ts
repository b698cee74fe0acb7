import { type DomainEvent, withoutNulls } from '#libs/kernel';
import { EVENT_CONTRACTS } from './generated/catalogue.js';

/** By event type, the fields that are encrypted in the log. */
const SEALED_FIELDS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  EVENT_CONTRACTS.map(({ eventType, schema }) => [
    eventType,
    new Set(schema.fields.filter(({ sealed }) => sealed).map(({ name, dataName }) => dataName ?? name)),
  ]),
);

/**
 * What anybody outside is shown of an event's data, whichever way it goes: without nulls, and without what is sealed, which
 * even encrypted is nobody's business.
 */
export function publicData({ type, data }: DomainEvent): Record<string, unknown> {
  const shown = withoutNulls(data as Record<string, unknown>);
  const sealed = SEALED_FIELDS.get(type);
  if (!sealed?.size) return shown;
  return Object.fromEntries(Object.entries(shown).filter(([name]) => !sealed.has(name)));
}
