import { z } from 'zod';
import { formatInstant, type Instant, parseInstant } from '#libs/kernel';
import { invalidRequest } from './validation.js';

const WRONG_LIMIT = 'must be a whole number from 1 to 500';

/** Longer than the token of any list can get, and short enough for a URL. */
export const MAX_PAGE_TOKEN_LENGTH = 2_000;

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
  pageToken: z
    .string()
    .max(MAX_PAGE_TOKEN_LENGTH)
    .regex(/^[A-Za-z0-9_-]+$/, 'must be the nextPageToken of an earlier answer')
    .optional()
    .describe('`nextPageToken` of the page before.'),
};

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}

/** A time in a page token. Only the spelling that tokens are made with is accepted. */
export const pageEndTime = z
  .string()
  .refine((text) => {
    const instant = parseInstant(text);
    return instant !== undefined && formatInstant(instant) === text;
  })
  .transform((text) => Date.parse(text) as Instant);

const VERSION = 1;

/**
 * The page tokens of one list: opaque texts that say where its next page begins. They carry a version, so that old ones
 * are recognised rather than misread.
 */
export class PageTokens<Shape extends z.core.$ZodShape> {
  readonly #end: z.ZodObject<Shape, z.core.$strict>;

  /** @param shape what a token holds, each value within what the stores can take */
  constructor(shape: Shape) {
    this.#end = z.strictObject(shape);
  }

  encode(end: z.input<z.ZodObject<Shape>>): string {
    return Buffer.from(JSON.stringify([VERSION, end])).toString('base64url');
  }

  /**
   * The end of the page before; `undefined` without a token.
   * @throws ProblemException for a token that this list has not made
   */
  decode(token: string | undefined): z.output<z.ZodObject<Shape>> | undefined {
    if (token === undefined) return undefined;
    const { success, data } = this.#end.safeParse(this.#contentOf(token));
    if (success) return data;
    throw invalidRequest([{ path: ['pageToken'], message: 'this page token was not made by this list' }]);
  }

  /**
   * The page of what a list has found.
   * @param endOf where the page ends, by its last item and what that was made of
   */
  page<Row, Item>(
    found: { readonly items: readonly Row[]; readonly hasMore: boolean },
    itemOf: (row: Row) => Item,
    endOf: (item: Item, row: Row) => z.input<z.ZodObject<Shape>>,
  ): Page<Item> {
    const items = found.items.map(itemOf);
    const [item, last] = [items.at(-1), found.items.at(-1)];
    if (!found.hasMore || item === undefined || last === undefined) return { items };
    return { items, nextPageToken: this.encode(endOf(item, last)) };
  }

  /** Each end has exactly one token. Any other spelling was not made here. */
  #contentOf(token: string): unknown {
    try {
      const [version, end] = JSON.parse(Buffer.from(token, 'base64url').toString()) as [unknown, never];
      return version === VERSION && this.encode(end) === token ? end : undefined;
    } catch {
      return undefined;
    }
  }
}
