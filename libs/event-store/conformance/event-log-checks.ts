import { APPEND_CHECKS } from './append-checks.js';
import { CLAIM_CHECKS } from './claim-checks.js';
import type { ConformanceCheck } from './conformance-check.js';
import { FENCING_CHECKS } from './fencing-checks.js';
import { READ_CHECKS } from './read-checks.js';

/** The checks that every event log must pass. They run one after the other on one topic. */
export const EVENT_LOG_CHECKS: readonly ConformanceCheck[] = [
  ...APPEND_CHECKS,
  ...READ_CHECKS,
  ...FENCING_CHECKS,
  ...CLAIM_CHECKS,
];
