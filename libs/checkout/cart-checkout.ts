import { v5 } from 'uuid';
import {
  CART_AGGREGATE,
  type Cart,
  cartExists,
  cartStreamId,
  type CheckOut,
  checkoutCommandId,
  type ExistingCart,
} from '#libs/carts';
import { type Commands, type ProcessCause, processRequest } from '#libs/commands';
import type { AcceptedCommand, CommandRequest } from '#libs/event-store/core';
import type { CartTask } from '#libs/fulfilment/core';
import type { Stream } from '#libs/kernel';
import { type CreateOrder, ORDER_AGGREGATE, type OrderState } from '#libs/orders';

const ID_NAMESPACE = 'c1c6a3b2-7a52-4d0e-9a56-0f6f2a0b7d11';

/** The one order that a cart can become. */
export const orderIdOfCart = (tenant: string, cartId: string): string =>
  v5(JSON.stringify([tenant, cartId]), ID_NAMESPACE);

export type CartTaskAnswer =
  | { readonly outcome: 'done'; readonly data: { readonly status: string; readonly version: number } }
  | { readonly outcome: 'refused'; readonly code: string; readonly detail: string };

/**
 * Makes orders of carts. The cart is checked out first, and holds all that its order needs; so whoever comes next can create
 * the order, under the same id and command, if the first attempt ended between the two.
 */
export class CartCheckout {
  constructor(
    private readonly commands: Pick<Commands, 'execute' | 'send' | 'look'>,
    /** Whether a process manager is to carry the orders. */
    private readonly fulfilment: boolean,
  ) {}

  /** @throws ProblemException unless both commands are accepted. @returns the order as it was created */
  async checkOut(request: CommandRequest<CheckOut>): Promise<AcceptedCommand<OrderState>> {
    const { tenant, actor, correlationId, traceparent } = request;
    const { stream } = await this.commands.execute(CART_AGGREGATE, request);
    const cause = { tenant, actor, correlationId, causationId: null, traceparent };
    return this.commands.execute(ORDER_AGGREGATE, this.#creation(checkedOut(stream), cause));
  }

  /** @throws if the event store does not answer: try again */
  async execute(task: CartTask, cause: ProcessCause): Promise<CartTaskAnswer> {
    const streamId = cartStreamId(cause.tenant, task.cartId);
    if (task.type === 'abandon-cart') {
      const result = await this.commands.send(CART_AGGREGATE, processRequest(cause, streamId, task));
      return result.ok ? answerOf(result.value.stream) : { outcome: 'refused', ...result.problem };
    }
    const { state } = await this.commands.look(CART_AGGREGATE, streamId, cause.tenant);
    if (!cartExists(state) || !state.checkout) {
      const detail = `Cart ${task.cartId} is not checked out.`;
      return { outcome: 'refused', code: 'cart-not-found', detail };
    }
    const result = await this.commands.send(ORDER_AGGREGATE, this.#creation(state, cause));
    return result.ok ? answerOf(result.value.stream) : { outcome: 'refused', ...result.problem };
  }

  #creation(cart: ExistingCart, cause: Omit<ProcessCause, 'commandId'>): CommandRequest<CreateOrder> {
    const { checkout, customer, currency, items } = cart;
    if (!checkout) throw new Error(`cart ${cart.cartId} is not checked out`);
    const { orderId, payment, shippingAddress, metadata } = checkout;
    const commandId = checkoutCommandId(orderId);
    const { fulfilment } = this;
    return processRequest({ ...cause, commandId }, orderId, {
      type: 'create-order',
      orderId,
      customer,
      currency,
      items,
      shippingAddress,
      metadata,
      payment,
      fulfilment,
    });
  }
}

function checkedOut({ state }: Stream<Cart>): ExistingCart {
  if (!cartExists(state)) throw new Error('a cart that was checked out has no state');
  return state;
}

const answerOf = ({ state, version }: Stream<{ readonly status: string }>): CartTaskAnswer => ({
  outcome: 'done',
  data: { status: state.status, version },
});
