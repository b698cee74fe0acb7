import { type Decider, fail, ok, type Rejection, type Result, unreachable } from '#libs/kernel';
import type { ExistingOrder, OrderState, OrderStatus } from './order.js';
import type { ChangeOrderStatus, CreateOrder, OrderCommand } from './order-commands.js';
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
  switch (command.type) {
    case 'create-order':
      return state.status === 'none'
        ? create(command)
        : fail({ code: 'order-already-exists', detail: `Order ${command.orderId} already exists.` });
    case 'change-order-status':
      return state.status === 'none'
        ? fail({ code: 'order-not-found', detail: `Order ${command.orderId} does not exist.` })
        : changeStatus(command, state);
    default:
      return unreachable(command);
  }
}

function create({ type: _, ...order }: CreateOrder): Decision {
  const total = order.items.reduce((sum, item) => sum + item.quantity * item.unitPrice, 0);
  // Integers above 2^53 are rounded, and money must not be.
  if (!Number.isSafeInteger(total)) {
    return fail({ code: 'order-total-too-large', detail: 'The total exceeds 2^53 − 1 minor units.' });
  }
  return ok([{ type: 'order.created', data: { ...order, total } } satisfies OrderCreated]);
}

function changeStatus(command: ChangeOrderStatus, order: ExistingOrder): Decision {
  const { orderId, status, reason, trackingNumber, carrier } = command;
  const allowed = NEXT[order.status];
  if (status === 'created' || !allowed.includes(status)) {
    const next = allowed.length > 0 ? ` and can only become ${allowed.join(' or ')}` : ', a final status';
    return fail({
      code: 'order-status-step-forbidden',
      detail: `Order ${orderId} is ${order.status}${next}; it cannot become ${status}.`,
    });
  }
  const event: OrderEvent =
    status === 'shipped'
      ? { type: 'order.shipped', data: { orderId, reason, trackingNumber, carrier } }
      : { type: `order.${status}`, data: { orderId, reason } };
  return ok([event]);
}

function evolve(state: OrderState, event: OrderEvent): OrderState {
  if (event.type === 'order.created') {
    return { ...event.data, status: 'created', reason: null, trackingNumber: null, carrier: null };
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
      return { ...state, status: 'cancelled', reason };
    default:
      return unreachable(event);
  }
}
