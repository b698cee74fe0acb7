import { z } from 'zod';
import { type Instant, parseInstant } from '#libs/kernel';

export const TIME_FORMAT = 'a time of RFC 3339 in the years 1 to 9999 of UTC, such as 2026-01-31T12:00:00Z';

/** For API descriptions of parameters that accept a time among other forms. */
export const TIME_PATTERN =
  '\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])[Tt](?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?' +
  '(?:[Zz]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)';

/** Parses a client's RFC 3339 text into an instant. */
export const timeParameter = z
  .string()
  .transform((text, context) => {
    const instant = parseInstant(text);
    if (instant !== undefined) return instant;
    context.addIssue({ code: 'custom', message: `must be ${TIME_FORMAT}` });
    return z.NEVER;
  })
  .meta({ format: 'date-time' });

/** For `superRefine`: the first time must not be after the second, a mistake that an empty answer would hide. */
export const inTimeOrder =
  <From extends string, To extends string>(from: From, to: To) =>
  (times: { readonly [Name in From | To]?: Instant | undefined }, context: z.RefinementCtx): void => {
    const [start, end] = [times[from], times[to]];
    if (start === undefined || end === undefined || start <= end) return;
    context.addIssue({ code: 'custom', path: [from], message: `must not be after ${to}` });
  };
