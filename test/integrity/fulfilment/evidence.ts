import type { Interruption } from '../fault-schedule.js';

/** Topics whose events carry orders from the cart to the doorstep. */
export const SHOP_TOPICS = [
  'orders',
  'inventory',
  'payments',
  'carts',
  'notifications',
  'processes',
] as const;
export type ShopTopic = (typeof SHOP_TOPICS)[number];

interface OrderLine {
  readonly sku: string;
  readonly quantity: number;
  readonly unitPrice: number;
}

/** Fields of the events, of which each type has some. */
export interface ShopEventData {
  readonly orderId?: string | null;
  readonly cartId?: string | null;
  readonly customer?: { readonly id: string; readonly email: string | null };
  readonly currency?: string | null;
  readonly total?: number | null;
  readonly items?: readonly OrderLine[];
  readonly cause?: string | null;
  readonly reason?: string | null;
  readonly sku?: string;
  readonly quantity?: number;
  readonly amount?: number;
  readonly reference?: string | null;
  readonly refundId?: string;
  readonly template?: string;
  readonly messageId?: string;
  readonly processId?: string;
  readonly process?: string;
  readonly input?: string;
  readonly commands?: readonly { readonly commandId: string; readonly key: string }[];
  readonly withdrawn?: readonly string[];
  readonly timersSet?: readonly { readonly name: string; readonly dueAt: number }[];
  readonly timersCleared?: readonly string[];
  readonly error?: string | null;
}

/** An event as an independent reader finds it in the log. */
export interface ShopEvent {
  readonly topic: ShopTopic;
  readonly partition: number;
  readonly offset: number;
  readonly type: string;
  readonly streamId: string;
  readonly version: number;
  readonly commandId: string;
  readonly tenant: string;
  /** Milliseconds since 1970. */
  readonly occurredAt: number;
  readonly data: ShopEventData;
}

/** An operation that the gateway has carried out, as its own report has it. */
export interface GatewayOperation {
  readonly operation: 'authorize' | 'capture' | 'void' | 'refund';
  readonly call: {
    readonly orderId: string;
    readonly amount: number;
    readonly currency: string;
    readonly idempotencyKey: string;
    readonly reference?: string | null;
    readonly refundId?: string;
  };
  readonly answer: { readonly result: string; readonly reference?: string; readonly reason?: string };
}

/** A mail that the mail server has taken. */
export interface TakenMail {
  readonly messageId: string;
  readonly to: readonly string[];
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Whether the sender was told. */
  readonly answered: boolean;
}

/** An order that a client was told is there. */
export interface PlacedOrder {
  readonly orderId: string;
  readonly tenant: string;
}

export interface ShopEvidence {
  readonly placed: readonly PlacedOrder[];
  readonly events: readonly ShopEvent[];
  readonly operations: readonly GatewayOperation[];
  readonly mails: readonly TakenMail[];
  /** Faults, by milliseconds since 1970. */
  readonly interruptions: readonly Interruption[];
  /** When the log was read, in milliseconds since 1970. */
  readonly readAt: number;
}

export const shopPlaceOf = ({ topic, partition, offset }: ShopEvent): string =>
  `${topic}/${partition}@${offset}`;
