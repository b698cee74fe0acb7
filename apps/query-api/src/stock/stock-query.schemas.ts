import { z } from 'zod';
import { storableText } from '#libs/contracts';
import { PageTokens, pagingParameters } from '#libs/platform';

export const stockListSchema = z.strictObject(pagingParameters);

/** What the page tokens hold: where the page before has ended. */
export const stockPages = new PageTokens({ sku: storableText(1, 100) });

export type StockListQuery = z.output<typeof stockListSchema>;
