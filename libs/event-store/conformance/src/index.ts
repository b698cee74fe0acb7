import { APPEND_CHECKS } from './append-checks.js';
import { CLAIM_CHECKS } from './claim-checks.js';
import type { ConformanceCheck } from './conformance-check.js';
import { FENCING_CHECKS } from './fencing-checks.js';
import { READ_CHECKS } from './read-checks.js';

export * from './conformance-check.js';

/** What every event log must do, whatever it is made of: one after the other, on one topic. */
export const EVENT_LOG_CHECKS: readonly ConformanceCheck[] = [
  ...APPEND_CHECKS,
  ...READ_CHECKS,
  ...FENCING_CHECKS,
  ...CLAIM_CHECKS,
];
