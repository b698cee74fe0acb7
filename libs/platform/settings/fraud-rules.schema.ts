import { z } from 'zod';
import type { FraudRule } from '#libs/fulfilment/core';

const MOST_MS = 31_536_000_000;

/** The rules of `FULFILMENT_FRAUD_RULES`. */
export const fraudRulesSchema: z.ZodType<readonly FraudRule[]> = z
  .array(
    z.discriminatedUnion('rule', [
      z.strictObject({ rule: z.literal('country-mismatch') }),
      z.strictObject({
        rule: z.literal('amount-above'),
        currency: z.string().length(3),
        amount: z.int().min(0),
      }),
      z.strictObject({
        rule: z.literal('orders-per-customer'),
        orders: z.int().min(1),
        withinMs: z.int().min(1_000).max(MOST_MS),
      }),
    ]),
    'must be a JSON array of rules',
  )
  .max(100);
