import { z } from 'zod';
import { TENANT_EVENT_TYPES, hasField, matchesEventType } from '#libs/contracts';
import type { EventFilter, LiveSubscription } from '../index.js';

export const filterWarningsSchema = z
  .array(
    z
      .object({
        field: z.string().describe('The path in the filter.'),
        eventTypes: z.array(z.string()).describe('The subscribed event types that lack the field.'),
        detail: z.string().describe('What follows for events of these types.'),
      })
      .meta({ id: 'WebhookFilterWarning' }),
  )
  .optional()
  .describe('Fields in the filter that some of the subscribed event types lack. Absent if there are none.');

type FilterWarning = NonNullable<z.output<typeof filterWarningsSchema>>[number];

/** Warns of conditions that an absent field decides, because the client may not know that there is none. */
export function filterWarnings({
  eventTypes: patterns,
  filter,
}: Pick<LiveSubscription, 'eventTypes' | 'filter'>): { readonly warnings?: FilterWarning[] } {
  const subscribed = TENANT_EVENT_TYPES.filter((type) =>
    patterns.some((each) => matchesEventType(each, type)),
  );
  const warnings = Object.entries(filter ?? {}).flatMap(([field, wanted]) => {
    const eventTypes = subscribed.filter((type) => !hasField(type, field.split('.')));
    return eventTypes.length === 0 ? [] : [{ field, eventTypes, detail: detailOf(field, wanted) }];
  });
  return warnings.length === 0 ? {} : { warnings };
}

function detailOf(field: string, wanted: EventFilter[string]): string {
  const isNullWanted = wanted === null || (Array.isArray(wanted) && wanted.includes(null));
  return isNullWanted
    ? `Events of these types have no ${field}, which equals null, so that all of them meet this condition.`
    : `Events of these types have no ${field}, so that none of them is delivered.`;
}
