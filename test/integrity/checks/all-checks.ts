import type { Attempt } from '../history.js';
import type { LogBatch, LogRecord } from '../log-record.js';
import { effectViolations } from './effect-checks.js';
import { fenceViolations } from './fence-checks.js';
import { keyViolations } from './key-checks.js';
import { rejectionViolations } from './rejection-checks.js';
import { versionViolations } from './version-checks.js';
import type { Violation } from '../violation.js';

export interface Evidence {
  readonly attempts: readonly Attempt[];
  readonly log: readonly LogRecord[];
  readonly batches: readonly LogBatch[];
}

export const violationsIn = ({ attempts, log, batches }: Evidence): Violation[] => [
  ...effectViolations(attempts, log),
  ...versionViolations(attempts, log),
  ...rejectionViolations(attempts, log),
  ...fenceViolations(batches),
  ...keyViolations(attempts, log),
];
