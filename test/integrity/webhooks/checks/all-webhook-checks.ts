import type { WebhookEvidence } from '../evidence.js';
import { chainViolations, completenessViolations, orderViolations } from './delivery-checks.js';
import { owedTo } from './owed.js';
import { repeatViolations } from './repeat-checks.js';
import { type WebhookViolation, webhookViolation } from './webhook-violation.js';

export const webhookViolationsIn = (evidence: WebhookEvidence): WebhookViolation[] => [
  ...evidence.unsigned.map(({ feed, why }) => webhookViolation('not-signed', `${feed}: ${why}`)),
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
