export { causeOfWords, FAILURE_CAUSES, type FailureCause } from './failure-cause.js';
export { PAYMENT_AGGREGATE } from './payment.aggregate.js';
export type { PaymentCommand } from './payment-commands.js';
export { type PaymentRejection, paymentDecider } from './payment-decider.js';
export { type PaymentDocument, paymentDocument, unbegunPaymentDocument } from './payment-document.js';
export type { PaymentEvent } from './payment-events.js';
export {
  type AuthorizeAnswer,
  type AuthorizeCall,
  type CaptureAnswer,
  type CaptureCall,
  GatewayOutcomeUnknownError,
  type GatewayPayment,
  GatewayUnavailableError,
  type PaymentGateway,
  type RefundAnswer,
  type RefundCall,
  type VoidAnswer,
  type VoidCall,
} from './payment-gateway.js';
export {
  type ExistingPayment,
  hasPayment,
  isClosed,
  isRefunded,
  type PaymentFacts,
  type PaymentState,
  type PaymentStatus,
} from './payment.js';
