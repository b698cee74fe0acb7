import { PROCESS_AGGREGATE, PROCESS_DEFINITIONS, type ProcessPolicy } from '#libs/fulfilment/core';
import { FulfilmentTargetsModule, FULFILMENT_TARGETS } from '#libs/fulfilment/targets';
import type { Settings } from '#libs/platform';
import { PROCESS_TARGETS, ProcessingModule } from '#libs/processes/runner';

/** Carries orders from stock and payment to delivery, and reminds of carts. */
export const PROCESS_MANAGER = ProcessingModule.register(
  { aggregate: PROCESS_AGGREGATE, definitions: PROCESS_DEFINITIONS, policyOf },
  {
    imports: [FulfilmentTargetsModule],
    providers: [{ provide: PROCESS_TARGETS, useExisting: FULFILMENT_TARGETS }],
  },
);

function policyOf({ fulfilment, carts }: Settings): ProcessPolicy {
  return {
    orders: {
      whenUntracked: fulfilment.untrackedSkus,
      screens: fulfilment.fraudRules.length > 0,
      paymentTimeoutMs: fulfilment.paymentTimeoutMs,
      reviewTimeoutMs: fulfilment.reviewTimeoutMs,
      completeAfterMs: fulfilment.completeAfterMs,
    },
    carts: { abandonedAfterMs: carts.abandonedAfterMs },
  };
}
