import { z } from 'zod';
import { formatInstant, type Instant, POSITION_PATTERN } from '#libs/kernel';
import { timeParameter } from '#libs/platform';
import type { StartFrom } from '../index.js';

const MAX_POSITIONS = 1_000;

/** A place in the log, as clients name it. */
export type LogPlace =
  | 'now'
  | 'beginning'
  | { readonly time: Instant }
  | { readonly positions: readonly string[] };

/** The forms that both ends of a range can take. */
export const placeSchemas = [
  z.strictObject({ time: timeParameter }),
  z.strictObject({
    positions: z
      .array(
        z
          .string()
          .max(300)
          .meta({ description: '`<topic>/<partition>@<offset>`.', pattern: POSITION_PATTERN }),
      )
      .min(1)
      .max(MAX_POSITIONS),
  }),
] as const;

/** The place as it is stored: a time is in UTC and in its shortest form, which most clients send. */
export const keptPlace = (place: LogPlace): StartFrom =>
  typeof place === 'object' && 'time' in place
    ? { time: formatInstant(place.time).replace('.000Z', 'Z') }
    : place;
