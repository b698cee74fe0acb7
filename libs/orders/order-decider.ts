import { type Decider, fail, ok, type Rejection, type Result, unreachable } from '#libs/kernel';
import type { CancellationCause, ExistingOrder, OrderState, OrderStatus } from './order.js';
import type { CreateOrder, OrderCommand, StatusCommand } from './order-commands.js';
import type { OrderCreated, OrderEvent } from './order-events.js';

export type OrderRejection = Rejection<
  'order-not-found' | 'order-already-exists' | 'order-status-step-forbidden' | 'order-total-too-large'
>;

type Decision = Result<readonly OrderEvent[], OrderRejection>;

/**
 * created ──► confirmed ──► shipped ──► delivered ──► completed
 *    └────────────┴──► cancelled
 */
const NEXT: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  created: ['confirmed', 'cancelled'],
  confirmed: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: ['completed'],
  completed: [],
  cancelled: [],
};

export const orderDecider: Decider<OrderState, OrderCommand, OrderEvent, OrderRejection> = {
  initialState: { status: 'none' },
  decide,
  evolve,
};

function decide(command: OrderCommand, state: OrderState): Decision {
  if (command.type === 'create-order') {
    return state.status === 'none'
      ? create(command)
      : fail({ code: 'order-already-exists', detail: `Order ${command.orderId} already exists.` });
  }
  return state.status === 'none'
    ? fail({ code: 'order-not-found', detail: `Order ${command.orderId} does not exist.` })
    : take(stepOf(command), state);
}

/** On the hot path, where copies with rest and spread are slow: fields are named one by one. */
function create(order: CreateOrder): Decision {
  const { orderId, customer, currency, items, shippingAddress, metadata, payment, fulfilment } = order;
  const total = items.reduce((sum, item) => sum + item.quantity * item.unitPrice, 0);
  // Integers above 2^53 are rounded, and money must not be.
  if (!Number.isSafeInteger(total)) {
    return fail({ code: 'order-total-too-large', detail: 'The total exceeds 2^53 − 1 minor units.' });
  }
  // Units of one SKU are reserved together.
  if (!Number.isSafeInteger(items.reduce((sum, { quantity }) => sum + quantity, 0))) {
    return fail({ code: 'order-total-too-large', detail: 'The quantities add up to more than 2^53 − 1.' });
  }
  const data = {
    orderId,
    customer,
    currency,
    items,
    shippingAddress,
    metadata,
    payment,
    fulfilment,
    customerId: customer.id,
    total,
  };
  return ok([{ type: 'order.created', data } satisfies OrderCreated]);
}

interface Step {
  readonly status: OrderStatus;
  readonly reason: string | null;
  readonly trackingNumber: string | null;
  readonly carrier: string | null;
  /** If the status is `cancelled`. */
  readonly cause: CancellationCause;
}

function stepOf(command: StatusCommand): Step {
  const step = { reason: null, trackingNumber: null, carrier: null, cause: 'requested' } as const;
  switch (command.type) {
    case 'change-order-status':
      return { ...step, ...command };
    case 'confirm-order':
      return { ...step, status: 'confirmed' };
    case 'complete-order':
      return { ...step, status: 'completed' };
    case 'cancel-order':
      return { ...step, ...command, status: 'cancelled' };
    default:
      return unreachable(command);
  }
}

function take(step: Step, order: ExistingOrder): Decision {
  const { status, reason, trackingNumber, carrier, cause } = step;
  const { orderId, customer, currency, total } = order;
  const allowed = NEXT[order.status];
  if (status === 'created' || !allowed.includes(status)) {
    const next = allowed.length > 0 ? ` and can only become ${allowed.join(' or ')}` : ', a final status';
    return fail({
      code: 'order-status-step-forbidden',
      detail: `Order ${orderId} is ${order.status}${next}; it cannot become ${status}.`,
    });
  }
  const data = { orderId, reason, customerId: customer.id, currency, total };
  switch (status) {
    case 'shipped':
      return ok([{ type: 'order.shipped', data: { ...data, trackingNumber, carrier } }]);
    case 'cancelled':
      return ok([{ type: 'order.cancelled', data: { ...data, cause } }]);
    default:
      return ok([{ type: `order.${status}`, data }]);
  }
}

function evolve(state: OrderState, event: OrderEvent): OrderState {
  if (event.type === 'order.created') {
    const { orderId, customer, currency, items, total, shippingAddress, metadata, payment, fulfilment } =
      event.data;
    return {
      orderId,
      customer,
      currency,
      items,
      total,
      shippingAddress,
      metadata,
      payment,
      fulfilment,
      status: 'created',
      reason: null,
      trackingNumber: null,
      carrier: null,
      cancellation: null,
    };
  }
  if (state.status === 'none') throw new Error(`${event.type} before order.created`);
  const { reason } = event.data;
  switch (event.type) {
    case 'order.confirmed':
      return { ...state, status: 'confirmed', reason };
    case 'order.shipped': {
      const { trackingNumber, carrier } = event.data;
      return { ...state, status: 'shipped', reason, trackingNumber, carrier };
    }
    case 'order.delivered':
      return { ...state, status: 'delivered', reason };
    case 'order.completed':
      return { ...state, status: 'completed', reason };
    case 'order.cancelled':
      return {
        ...state,
        status: 'cancelled',
        reason,
        cancellation: { cause: event.data.cause ?? 'requested', reason },
      };
    default:
      return unreachable(event);
  }
}
