import type { CartCheckout } from '#libs/checkout';
import type { ProcessTarget } from '#libs/processes/runner';
import type { CartTask } from '../core/tasks.js';

/** Abandons carts, and makes orders of those that are checked out. */
export const cartsTarget =
  (checkout: CartCheckout): ProcessTarget =>
  (sent) =>
    checkout.execute(sent.payload as CartTask, sent);
