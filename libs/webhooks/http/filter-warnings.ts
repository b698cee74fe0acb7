import { z } from 'zod';
import { TENANT_EVENT_TYPES, hasField, leadsToPersonalData, matchesEventType } from '#libs/contracts';
import type { EventFilter, LiveSubscription } from '../index.js';

export const filterWarningsSchema = z
  .array(
    z
      .object({
        field: z.string().describe('The path in the filter.'),
        eventTypes: z
          .array(z.string())
          .describe('The subscribed event types that lack the field, or have it sealed.'),
        detail: z.string().describe('What follows for events of these types.'),
      })
      .meta({ id: 'WebhookFilterWarning' }),
  )
  .optional()
  .describe(
    'Fields in the filter that some of the subscribed event types lack, or have sealed. Absent if there are none.',
  );

type FilterWarning = NonNullable<z.output<typeof filterWarningsSchema>>[number];

/** Warns of conditions that an absent or sealed field decides, because the client may not know that it is. */
export function filterWarnings({
  eventTypes: patterns,
  filter,
}: Pick<LiveSubscription, 'eventTypes' | 'filter'>): { readonly warnings?: FilterWarning[] } {
  const subscribed = TENANT_EVENT_TYPES.filter((type) =>
    patterns.some((each) => matchesEventType(each, type)),
  );
  const warnings = Object.entries(filter ?? {}).flatMap(([field, wanted]) => {
    const path = field.split('.');
    if (leadsToPersonalData(path)) return [{ field, eventTypes: subscribed, detail: SEALED }];
    const eventTypes = subscribed.filter((type) => !hasField(type, path));
    return eventTypes.length === 0 ? [] : [{ field, eventTypes, detail: detailOf(field, wanted) }];
  });
  return warnings.length === 0 ? {} : { warnings };
}

const SEALED =
  'It is personal data, which is sealed in events, so that no condition on it is met. data.customerId tells customers apart.';

function detailOf(field: string, wanted: EventFilter[string]): string {
  const isNullWanted = wanted === null || (Array.isArray(wanted) && wanted.includes(null));
  return isNullWanted
    ? `Events of these types have no ${field}, which equals null, so that all of them meet this condition.`
    : `Events of these types have no ${field}, so that none of them is delivered.`;
}
