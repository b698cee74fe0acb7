import { Histogram } from 'prom-client';
import { type Commands, processRequest } from '#libs/commands';
import { ORDER_AGGREGATE } from '#libs/orders';
import type { ProcessTarget } from '#libs/processes/runner';
import type { OrderTask } from '../core/tasks.js';

const confirmationSeconds = new Histogram({
  name: 'orderstream_order_confirmation_seconds',
  help: 'Time from the creation of an order to its confirmation, of orders that fulfilment carries. Reviews count, too.',
  buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400],
});

/** Moves orders. An order that is past the step says where it is, so a repeat gets an answer as good as the first. */
export const ordersTarget =
  (commands: Pick<Commands, 'send' | 'look'>): ProcessTarget =>
  async (sent) => {
    const task = sent.payload as OrderTask;
    const result = await commands.send(ORDER_AGGREGATE, processRequest(sent, task.orderId, task));
    if (result.ok) {
      const { state, createdAt, updatedAt } = result.value.stream;
      if (task.type === 'confirm-order')
        confirmationSeconds.observe((Date.parse(updatedAt) - Date.parse(createdAt)) / 1_000);
      return { outcome: 'done', data: { status: state.status } };
    }
    const { code, detail } = result.problem;
    if (code !== 'order-status-step-forbidden') return { outcome: 'refused', code, detail };
    const { state } = await commands.look(ORDER_AGGREGATE, task.orderId, sent.tenant);
    return { outcome: 'done', data: { status: state.status } };
  };
