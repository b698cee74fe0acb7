import { someAct } from '#libs/audit/testing';
import { cartStreamId } from '#libs/carts';
import { someCartEvents } from '#libs/carts/testing';
import type { EventToEncode } from '#libs/contracts';
import { PROCESS_AGGREGATE } from '#libs/fulfilment/core';
import { type DomainEvent, newId } from '#libs/kernel';
import { someMail } from '#libs/notifications/testing';
import { someMetadata } from '#libs/orders/testing';
import type { PaymentEvent } from '#libs/payments';

/** Enough for some in each partition. */
const STREAMS = 30;
const TENANT = 'tenant';

/** What the fulfilment of orders appends, and recorded acts: streams of each topic, grouped by version. */
export const OTHER_STREAMS: Readonly<Record<string, () => EventToEncode[][]>> = {
  audit: () => someStreams((id) => id, someRecordedAct),
  carts: () => someStreams((id) => cartStreamId(TENANT, id), someCart),
  notifications: () => someStreams((id) => id, someNotification),
  payments: () => someStreams((id) => id, somePayment),
  processes: () => someStreams((id) => id, someProcess),
};

function someStreams(
  streamIdOf: (id: string) => string,
  eventsOf: (id: string, index: number) => readonly DomainEvent[],
): EventToEncode[][] {
  const ids = Array.from({ length: STREAMS }, newId);
  const streams = ids.map((id, index) =>
    eventsOf(id, index).map((event, at) => ({
      ...event,
      metadata: someMetadata({ streamId: streamIdOf(id), version: at + 1, tenant: TENANT }),
    })),
  );
  const longest = Math.max(...streams.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) => streams.flatMap((events) => events.slice(at, at + 1)));
}

const someRecordedAct = (actId: string, index: number) => [
  { type: 'act.recorded', data: someAct({ actId, tenant: index % 2 === 0 ? 'acme' : null }) },
];

const someCart = (cartId: string, index: number) =>
  someCartEvents(cartId, ([undefined, 'checked-out', 'abandoned'] as const)[index % 3]);

const someNotification = (notificationId: string, index: number) => [
  {
    type: index % 2 === 0 ? 'email.sent' : 'email.failed',
    data: { ...someMail({ notificationId }), error: index % 2 === 0 ? null : 'no such mailbox' },
  },
];

function somePayment(orderId: string, index: number): PaymentEvent[] {
  const facts = { orderId, customerId: 'c-1', currency: 'EUR', total: 900 };
  const at = { gateway: 'simulated', reference: `auth-${index}` };
  const authorized: PaymentEvent = { type: 'payment.authorized', data: { ...facts, ...at, amount: 900 } };
  return index % 3 === 0
    ? [
        {
          type: 'payment.failed',
          data: { ...facts, gateway: null, reason: 'no funds', cause: 'insufficient-funds' },
        },
      ]
    : [authorized, { type: 'payment.captured', data: { ...facts, ...at, amount: 900 } }];
}

function someProcess(orderId: string) {
  const { decide, initialState } = PROCESS_AGGREGATE.decider;
  const order = { orderId, customerId: 'c-1', currency: 'EUR', total: 900, createdAt: 0 };
  const lines = [{ sku: 'tea', quantity: 2 }];
  const policy = {
    whenUntracked: 'accept',
    paymentTimeoutMs: 1_000,
    reviewTimeoutMs: 1_000,
    completeAfterMs: 0,
  };
  const started = decide(
    {
      type: 'handle-event',
      processId: orderId,
      process: 'order-fulfilment',
      at: 0,
      eventId: newId(),
      eventType: 'order.created',
      stream: `orders/${orderId}`,
      version: 1,
      correlationId: 'correlation',
      event: { type: 'order-created', ...order, lines, policy },
    },
    initialState,
  );
  if (!started.ok) throw new Error(started.problem.detail);
  return started.value;
}
