import type { AnyProcessDefinition } from '#libs/processes/core';
import { ORDER_FULFILMENT } from './order-fulfilment/order-fulfilment.js';

/** Every kind of process, a line each. */
export const PROCESS_DEFINITIONS: readonly AnyProcessDefinition[] = [ORDER_FULFILMENT];
