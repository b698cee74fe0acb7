import type { AnyProcessDefinition } from '#libs/processes/core';
import { CART_ABANDONMENT } from './cart-abandonment/cart-abandonment.js';
import { ORDER_FULFILMENT } from './order-fulfilment/order-fulfilment.js';

/** Every kind of process, a line each. */
export const PROCESS_DEFINITIONS: readonly AnyProcessDefinition[] = [CART_ABANDONMENT, ORDER_FULFILMENT];
