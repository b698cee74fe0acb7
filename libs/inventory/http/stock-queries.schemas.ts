import { z } from 'zod';
import { storableText } from '#libs/contracts';
import { PageTokens, pagingParameters } from '#libs/platform';

export const stockListSchema = z.strictObject(pagingParameters);

/** Page tokens hold the place where the previous page ended. */
export const stockPages = new PageTokens({ sku: storableText(1, 100) });

export type StockListQuery = z.output<typeof stockListSchema>;
