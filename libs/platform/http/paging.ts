import { z } from 'zod';
import { formatInstant, type Instant, parseInstant } from '#libs/kernel';
import { invalidRequest } from './validation.js';

/** Longer than any list's token, and short enough for a URL. */
export const MAX_PAGE_TOKEN_LENGTH = 2_000;

/** A whole number in a query. Described as the number that clients send rather than as the text in the URL. */
export function integerParameter(minimum: number, maximum: number, description: string) {
  const message = `must be a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(new RegExp(`^\\d{1,${String(maximum).length}}$`), message)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, message)
    .meta({ description, type: 'integer', minimum, maximum, pattern: undefined });
}

export const pagingParameters = {
  limit: integerParameter(
    1,
    500,
    'Most items in a page; one ends earlier where its items are large.',
  ).default(50),
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

/** A time in a page token, in exactly the spelling that this API writes. */
export const pageEndTime = z
  .string()
  .refine((text) => {
    const instant = parseInstant(text);
    return instant !== undefined && formatInstant(instant) === text;
  })
  .transform((text) => Date.parse(text) as Instant);

const VERSION = 1;

/** What a field of a page token must not be: Postgres has no such texts, and most columns have no such numbers. */
const UNSTORABLE: readonly unknown[] = ['\0', 'a\0', '\ud800', 2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 31 - 0.5];

/**
 * The page tokens of one list: opaque texts that tell where the next page starts. Their version prevents old tokens from
 * being misread.
 */
export class PageTokens<Shape extends z.core.$ZodShape> {
  readonly #end: z.ZodObject<Shape, z.core.$strict>;

  /**
   * @param shape of a token's content, whose values the stores must accept
   * @throws Error for a shape with which a forged token would fail in a store
   */
  constructor(shape: Shape) {
    for (const [name, value] of Object.entries(shape))
      if (UNSTORABLE.some((unstorable) => z.safeParse(value, unstorable).success))
        throw new Error(`page tokens accept a ${name} that no store takes`);
    this.#end = z.strictObject(shape);
  }

  encode(end: z.input<z.ZodObject<Shape>>): string {
    return Buffer.from(JSON.stringify([VERSION, end])).toString('base64url');
  }

  /**
   * The end of the previous page; `undefined` without a token.
   * @throws ProblemException for a token of another list or format
   */
  decode(token: string | undefined): z.output<z.ZodObject<Shape>> | undefined {
    if (token === undefined) return undefined;
    const { success, data } = this.#end.safeParse(this.#contentOf(token));
    if (success) return data;
    throw invalidRequest([{ path: ['pageToken'], message: 'this page token was not made by this list' }]);
  }

  /**
   * Makes a page of the rows that a list has found.
   * @param endOf where the page ends, by its last item and row
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

  /** Each page end has exactly one token, so any other spelling is refused. */
  #contentOf(token: string): unknown {
    try {
      const [version, end] = JSON.parse(Buffer.from(token, 'base64url').toString()) as [unknown, never];
      return version === VERSION && this.encode(end) === token ? end : undefined;
    } catch {
      return undefined;
    }
  }
}
