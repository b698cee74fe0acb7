export type { PaymentTaskAnswer, PaymentTaskResult } from './gateway-answers.js';
export { type AuthorizeTask, PaymentTasks, type PaymentTask } from './payment-tasks.js';
export { PaymentsModule } from './payments.module.js';
export { type NoticeOutcome, StripeNotices } from './stripe-notices.js';
