export { StoppedProjections } from './projection-dead-letters.js';
export { type DeadLetterRetry, failedMails, stuckProcesses } from './table-dead-letters.js';
export { ParkedWebhooks } from './webhook-dead-letters.js';
