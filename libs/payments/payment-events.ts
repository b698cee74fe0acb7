import type { DomainEvent } from '#libs/kernel';
import type { PaymentFacts } from './payment.js';

interface AuthorizationData extends PaymentFacts {
  readonly amount: number;
  readonly gateway: string;
  readonly reference: string;
}

interface FlagData extends PaymentFacts {
  readonly gateway: string | null;
  readonly reference: string | null;
  readonly reason: string;
}

interface ReviewData extends PaymentFacts {
  readonly reason: string | null;
}

interface CaptureData extends PaymentFacts {
  readonly amount: number;
  readonly gateway: string | null;
  readonly reference: string | null;
}

interface FailureData extends PaymentFacts {
  readonly gateway: string | null;
  readonly reason: string;
  /** A `FailureCause`, as text because there may be more of them. Never null: an upcaster gives one to old events. */
  readonly cause: string | null;
}

interface VoidData extends PaymentFacts {
  readonly gateway: string | null;
  readonly reference: string | null;
  readonly reason: string | null;
}

interface RefundData extends PaymentFacts {
  readonly refundId: string;
  readonly amount: number;
  /** The sum of this refund and all before it. */
  readonly refunded: number;
  readonly gateway: string | null;
  readonly reference: string | null;
  readonly reason: string | null;
}

export type PaymentEvent =
  | DomainEvent<'payment.authorized', AuthorizationData>
  | DomainEvent<'payment.flagged', FlagData>
  | DomainEvent<'payment.approved', ReviewData>
  | DomainEvent<'payment.rejected', ReviewData>
  | DomainEvent<'payment.captured', CaptureData>
  | DomainEvent<'payment.failed', FailureData>
  | DomainEvent<'payment.voided', VoidData>
  | DomainEvent<'payment.refunded', RefundData>;
