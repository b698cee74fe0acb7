import type { WebhookEvidence } from '../evidence.js';
import { chainViolations, completenessViolations, orderViolations } from './delivery-checks.js';
import { owedTo } from './owed.js';
import { repeatViolations } from './repeat-checks.js';
import { type Violation, violation } from '../../violation.js';

export const webhookViolationsIn = (evidence: WebhookEvidence): Violation[] => [
  ...evidence.unsigned.map(({ feed, why }) => violation('not-signed', `${feed}: ${why}`)),
  ...evidence.feeds.flatMap((feed) => {
    const owed = owedTo(feed, evidence);
    return [
      ...completenessViolations(feed, owed),
      ...orderViolations(feed, owed),
      ...chainViolations(feed, owed),
      ...repeatViolations(feed, evidence.delivered, evidence.interruptions, evidence.concurrency),
    ];
  }),
];
