import { z } from 'zod';

/** Postgres knows no year 0. */
const EARLIEST = Date.parse('0001-01-01T00:00:00Z');

const rfc3339 = z.iso.datetime({ offset: true });

/** Not the format's own schema: its regular expression would fill the API's description. */
export const timeParameter = z
  .string()
  .refine(
    (text) => rfc3339.safeParse(text).success && Date.parse(text) >= EARLIEST,
    'must be a time of RFC 3339, such as 2026-01-31T12:00:00Z',
  )
  .meta({ format: 'date-time' });
