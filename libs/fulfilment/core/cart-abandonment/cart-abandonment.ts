import { v5 } from 'uuid';
import type { CartEvent } from '#libs/carts';
import { type RecordedEvent, unreachable } from '#libs/kernel';
import type { Concern, Input, OutgoingCommand, Plan, ProcessDefinition } from '#libs/processes/core';
import type { CartPolicy, ProcessPolicy } from '../process-policy.js';
import type { CartTask, MailTask } from '../tasks.js';

/** The events that concern the process of a cart, in its own terms. */
type WatchedCartEvent =
  | {
      readonly type: 'created';
      readonly processId: string;
      readonly cartId: string;
      readonly customerId: string;
      readonly currency: string;
      readonly changedAt: number;
      readonly policy: CartPolicy;
    }
  | {
      readonly type: 'changed';
      readonly total: number;
      readonly currency: string;
      readonly isFilled: boolean;
      readonly changedAt: number;
      readonly version: number;
    }
  | { readonly type: 'abandoned' }
  | { readonly type: 'checked-out'; readonly orderId: string };

/**
 *   open ──► due ──► abandoned ──► reminded, once
 *    ▲ └───────┴────────┘ change
 *    └──► checked-out ──► ordered
 */
export interface WatchedCart extends Readonly<Record<string, unknown>> {
  readonly processId: string;
  readonly cartId: string;
  readonly customerId: string;
  readonly currency: string;
  readonly total: number;
  readonly status: 'open' | 'due' | 'abandoned' | 'checked-out' | 'ordered';
  readonly isFilled: boolean;
  /** The cart's version when it was last changed. */
  readonly version: number;
  readonly changedAt: number;
  /** The version that was last called abandoned; each abandonment has a reminder of its own, which can be withdrawn. */
  readonly abandonedVersion: number;
  readonly isReminded: boolean;
  readonly orderId: string | null;
  readonly policy: CartPolicy;
}

const PROCESS_NAMESPACE = '5b1a9a58-5f0f-4f0c-8d7c-2b7f3a6f5c11';
const MAIL_NAMESPACE = 'e2d9f1c4-0a7b-4a7e-9b8d-6f3c0c2f9a70';
const TIMER = 'abandonment';

/** Calls a cart abandoned that nobody has changed for a while, reminds its customer once, and sees to it that a checked-out cart becomes an order. */
export const CART_ABANDONMENT: ProcessDefinition<WatchedCart, WatchedCartEvent, ProcessPolicy> = {
  name: 'cart-abandonment',
  topics: ['carts'],
  concern,
  start,
  apply,
  plan,
  subject: ({ cartId, orderId, customerId, currency, total }) => ({
    subject: cartId,
    orderId,
    customerId,
    currency,
    total,
  }),
};

function concern(
  { type, data, metadata }: RecordedEvent,
  { carts: policy }: ProcessPolicy,
): Concern<WatchedCartEvent> | undefined {
  const cart = { type, data } as CartEvent;
  const processId = v5(JSON.stringify([metadata.tenant, cart.data.cartId]), PROCESS_NAMESPACE);
  const changedAt = Date.parse(metadata.occurredAt);
  const event =
    cart.type === 'cart.created'
      ? created(cart.data, { processId, changedAt, policy })
      : watched(cart, { changedAt, version: metadata.version });
  return event && { processId, event };
}

type Created = Extract<WatchedCartEvent, { readonly type: 'created' }>;

/** A cart that was created while fulfilment was off stays alone, so that no old cart is ever written about. */
const created = (
  { cartId, customerId, currency, fulfilment }: Extract<CartEvent, { type: 'cart.created' }>['data'],
  more: Pick<Created, 'processId' | 'changedAt' | 'policy'>,
): Created | undefined =>
  fulfilment ? { type: 'created', cartId, customerId, currency, ...more } : undefined;

function watched(
  { type, data }: Exclude<CartEvent, { type: 'cart.created' }>,
  change: { readonly changedAt: number; readonly version: number },
): WatchedCartEvent {
  const { currency, total } = data;
  switch (type) {
    case 'cart.updated':
    case 'cart.item-set':
    case 'cart.item-removed':
      // A cart with free articles alone is worth no reminder.
      return { type: 'changed', total, currency, isFilled: total > 0, ...change };
    case 'cart.abandoned':
      return { type: 'abandoned' };
    case 'cart.checked-out':
      return { type: 'checked-out', orderId: data.orderId };
    default:
      return unreachable(type);
  }
}

function start(event: WatchedCartEvent): WatchedCart | undefined {
  if (event.type !== 'created') return undefined;
  const { type: _, ...cart } = event;
  return {
    ...cart,
    total: 0,
    status: 'open',
    isFilled: false,
    version: 1,
    abandonedVersion: 0,
    isReminded: false,
    orderId: null,
  };
}

function apply(cart: WatchedCart, input: Input<WatchedCartEvent>): WatchedCart {
  switch (input.type) {
    case 'event':
      return applyEvent(cart, input.event);
    case 'timer':
      return cart.status === 'open' ? { ...cart, status: 'due' } : cart;
    case 'cancel':
      return cart.status === 'open' || cart.status === 'due'
        ? { ...abandoned(cart), isReminded: true }
        : cart;
    case 'answer': {
      const [task] = input.key.split(':');
      if (task === 'remind') return { ...cart, isReminded: true };
      if (task === 'order') return { ...cart, status: 'ordered' };
      // The cart has changed in the meantime, or is abandoned; its own events say which.
      const status = input.answer.outcome === 'done' ? input.answer.data['status'] : undefined;
      if (cart.status !== 'due') return cart;
      return status === 'abandoned' ? abandoned(cart) : { ...cart, status: 'open', isFilled: false };
    }
    default:
      return unreachable(input);
  }
}

function applyEvent(cart: WatchedCart, event: WatchedCartEvent): WatchedCart {
  switch (event.type) {
    case 'created':
      return cart;
    case 'changed': {
      const { type: _, ...change } = event;
      return { ...cart, ...change, status: 'open' };
    }
    case 'abandoned':
      return abandoned(cart);
    case 'checked-out':
      return { ...cart, status: 'checked-out', orderId: event.orderId };
    default:
      return unreachable(event);
  }
}

const abandoned = (cart: WatchedCart): WatchedCart => ({
  ...cart,
  status: 'abandoned',
  abandonedVersion: cart.version,
});

function plan(cart: WatchedCart, isOpen: (key: string) => boolean): Plan {
  const { processId, cartId, status, isFilled, isReminded, version, changedAt, policy } = cart;
  const reminder = `remind:${cart.abandonedVersion}`;
  // A customer who has come back needs no reminder any more.
  const withdrawn = isOpen(reminder) ? [reminder] : [];
  switch (status) {
    case 'open': {
      const dueAt = changedAt + policy.abandonedAfterMs;
      return { commands: [], withdrawn, timers: isFilled ? [{ name: TIMER, dueAt }] : [] };
    }
    case 'due':
      return {
        commands: [inCart(`abandon:${version}`, { type: 'abandon-cart', cartId, ifVersion: version })],
        timers: [],
      };
    case 'abandoned':
      return {
        commands: isReminded ? [] : [remind(reminder, { processId, cartId })],
        timers: [],
        end: 'completed',
      };
    case 'checked-out':
      return { commands: [inCart('order', { type: 'order-cart', cartId })], withdrawn, timers: [] };
    case 'ordered':
      return { commands: [], timers: [], end: 'completed' };
    default:
      return unreachable(status);
  }
}

const inCart = (key: string, payload: CartTask): OutgoingCommand => ({ key, target: 'carts', payload });

function remind(
  key: string,
  { processId, cartId }: Pick<WatchedCart, 'processId' | 'cartId'>,
): OutgoingCommand {
  const payload: MailTask = {
    type: 'send-mail',
    notificationId: v5(processId, MAIL_NAMESPACE),
    template: 'cart-reminder',
    orderId: null,
    cartId,
    facts: {},
  };
  return { key, target: 'mail', payload };
}
