import { z } from 'zod';
import { invalidRequest } from './validation.js';

const WRONG_LIMIT = 'must be a whole number from 1 to 500';

/** What {@link encodePageToken} makes. */
export const pageTokenSchema = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^[A-Za-z0-9_-]+$/, 'must be the nextPageToken of an earlier answer');

/** Query parameters of every list. Parameters are text, so that a number has to be read from it. */
export const pagingParameters = {
  limit: z
    .string()
    .regex(/^\d{1,3}$/, WRONG_LIMIT)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 500, WRONG_LIMIT)
    .default(50)
    // To clients it is a number: how it is read from the URL is not their concern.
    .meta({
      description: 'Most items in a page; one ends earlier where its items are large.',
      type: 'integer',
      minimum: 1,
      maximum: 500,
      pattern: undefined,
    }),
  pageToken: pageTokenSchema(500).optional().describe('`nextPageToken` of the page before.'),
};

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}

const VERSION = 1;

/** An opaque page token: where the next page begins. Versioned, so that old ones are recognised and not misread. */
export const encodePageToken = (value: unknown): string =>
  Buffer.from(JSON.stringify([VERSION, value])).toString('base64url');

/**
 * The page of what a list has found.
 * @param endOf where the page ends, by its last item and what that was made of: what the next page's token holds
 */
export function toPage<Row, Item>(
  found: { readonly items: readonly Row[]; readonly hasMore: boolean },
  itemOf: (row: Row) => Item,
  endOf: (item: Item, row: Row) => unknown,
): Page<Item> {
  const items = found.items.map(itemOf);
  const [item, last] = [items.at(-1), found.items.at(-1)];
  if (!found.hasMore || item === undefined || last === undefined) return { items };
  return { items, nextPageToken: encodePageToken(endOf(item, last)) };
}

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
