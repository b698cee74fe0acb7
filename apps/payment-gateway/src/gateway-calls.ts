import { z } from 'zod';
import { GATEWAY_PATHS, type LedgerOperation } from '#libs/payment-gateways/simulated';

const text = z.string().min(1).max(255);
const call = z.strictObject({
  tenant: text,
  orderId: text,
  amount: z.int().min(1),
  currency: z.string().regex(/^[A-Z]{3}$/),
});

/** The body of each operation, by its path. */
export const OPERATIONS: ReadonlyMap<string, { operation: LedgerOperation; body: z.ZodType }> = new Map([
  [
    GATEWAY_PATHS.authorize,
    {
      operation: 'authorize',
      body: call.extend({ token: text.nullable(), country: text.nullable() }),
    },
  ],
  [GATEWAY_PATHS.capture, { operation: 'capture', body: call.extend({ reference: text }) }],
  [GATEWAY_PATHS.void, { operation: 'void', body: call.extend({ reference: text.nullable() }) }],
  [GATEWAY_PATHS.refund, { operation: 'refund', body: call.extend({ reference: text, refundId: text }) }],
]);

const FAULTS = ['unavailable', 'lose-request', 'lose-answer'] as const;
export type ServerFault = (typeof FAULTS)[number];

/** Faults of the operations to come: of the next ones, first to last, and then by chance, with these probabilities. */
export const faultsSchema = z.strictObject({
  next: z.array(z.enum(FAULTS)).max(1_000).default([]),
  shares: z.partialRecord(z.enum(FAULTS), z.number().min(0).max(1)).default({}),
});
export type ServerFaults = z.output<typeof faultsSchema>;
