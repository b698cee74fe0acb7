import { z } from 'zod';
import { storableText } from '#libs/contracts';
import { pagingParameters, pageTokenSchema } from '#libs/platform';

const { limit, pageToken } = pagingParameters;

/** A token holds a sku, of which a control character takes six in JSON. */
const LONGEST_TOKEN = pageTokenSchema(1_000);

export const stockListSchema = z.strictObject({
  limit,
  pageToken: LONGEST_TOKEN.optional().describe(pageToken.description ?? ''),
});

/** What the page tokens hold: where the page before has ended. */
export const stockPageEndSchema = z.object({ sku: storableText(1, 100) });

export type StockListQuery = z.output<typeof stockListSchema>;
