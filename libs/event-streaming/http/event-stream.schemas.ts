import { z } from 'zod';
import {
  EVENT_TYPE_PATTERNS,
  eventDocumentSchema,
  isEventTypePattern,
  patternOfTexts,
} from '#libs/contracts';
import { CURSOR, MAX_CURSOR_LENGTH } from '../core/log-cursor.js';
import { type Instant, parseInstant } from '#libs/kernel';
import { integerParameter, pagingParameters, TIME_FORMAT, TIME_PATTERN } from '#libs/platform';

const MAX_EVENT_TYPES = 100;

export const BEGINNING = 'beginning';
export type From = typeof BEGINNING | Instant;

/**
 * A comma-separated list, a repeated parameter, or both.
 * @param fallback without the parameter
 */
export const eventTypesParameter = (fallback: readonly string[], meaning: string) =>
  z
    .union([z.string().max(10_000), z.array(z.string().max(10_000)).max(MAX_EVENT_TYPES)])
    .optional()
    .transform((given) =>
      given === undefined
        ? fallback
        : [given].flat().flatMap((text) => text.split(',').map((name) => name.trim())),
    )
    .superRefine((names, context) => {
      const unknown = names.find((name) => !isEventTypePattern(name));
      if (names.length > MAX_EVENT_TYPES)
        context.addIssue({ code: 'custom', message: `must be at most ${MAX_EVENT_TYPES} event types` });
      else if (unknown !== undefined)
        context.addIssue({ code: 'custom', message: `there is no event type "${unknown.slice(0, 200)}"` });
    })
    // Documented as one list.
    .meta({
      description: `Event types separated by commas: exact names, \`<prefix>.*\`, ${meaning}`,
      anyOf: undefined,
      type: 'array',
      items: { type: 'string', pattern: patternOfTexts(EVENT_TYPE_PATTERNS) },
      minItems: 1,
      maxItems: MAX_EVENT_TYPES,
    });

const eventTypes = eventTypesParameter(
  ['*'],
  '`order.updated` (every event of an order but the first), or `*` (the default), which leaves out `webhook…`.',
);

const after = z
  .string()
  .max(MAX_CURSOR_LENGTH)
  .regex(CURSOR, 'must be a cursor of an earlier answer')
  .optional()
  .describe('The cursor of an earlier answer, to continue after it.');

const from = z
  .string()
  .transform((text, context) => {
    if (text === BEGINNING) return text;
    const instant = parseInstant(text);
    if (instant !== undefined) return instant;
    context.addIssue({ code: 'custom', message: `must be "${BEGINNING}" or ${TIME_FORMAT}` });
    return z.NEVER;
  })
  .optional()
  .meta({
    description: `Where to begin without a cursor: \`${BEGINNING}\`, or an RFC 3339 time, for all events appended since. Default: now.`,
    pattern: `^(?:${BEGINNING}|${TIME_PATTERN})$`,
  });

const startParameters = { eventTypes, after, from };

const hasOneStart = (query: { after?: string | undefined; from?: From | undefined }): boolean =>
  query.after === undefined || query.from === undefined;
const twoStarts = { path: ['from'], error: 'must not be sent together with after' };

export const pollSchema = z
  .strictObject({
    ...startParameters,
    limit: pagingParameters.limit.describe('Most events in the answer.'),
    wait: integerParameter(0, 60, 'Seconds to wait for an event when there is none yet.').default(20),
  })
  .refine(hasOneStart, twoStarts);

export const streamSchema = z.strictObject(startParameters).refine(hasOneStart, twoStarts);

export const polledEventsSchema = z
  .object({
    items: z.array(eventDocumentSchema),
    cursor: z.string().describe('Send it as `after` in the next request. Present even without items.'),
  })
  .meta({ id: 'PolledEvents' });

export type PollQuery = z.output<typeof pollSchema>;
export type StreamQuery = z.output<typeof streamSchema>;
export type PolledEvents = z.output<typeof polledEventsSchema>;
