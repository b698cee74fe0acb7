import type { z } from 'zod';
import { invalidRequest } from './validation.js';

const VERSION = 1;

/** An opaque page token: where the next page begins. Versioned, so that old ones are recognised and not misread. */
export const encodePageToken = (value: unknown): string =>
  Buffer.from(JSON.stringify([VERSION, value])).toString('base64url');

/** @throws ProblemException when the token was not made by {@link encodePageToken} for this list. */
export function decodePageToken<Schema extends z.ZodType>(token: string, schema: Schema): z.output<Schema> {
  try {
    const [version, value] = JSON.parse(Buffer.from(token, 'base64url').toString()) as [number, unknown];
    if (version === VERSION) return schema.parse(value);
  } catch {
    // Told below, in the same words for every kind of wrong token.
  }
  throw invalidRequest([{ path: ['pageToken'], message: 'this page token was not made by this list' }]);
}
