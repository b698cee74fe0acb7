import { type Commands, processRequest } from '#libs/commands';
import { ORDER_AGGREGATE } from '#libs/orders';
import type { ProcessTarget } from '#libs/processes/runner';
import type { OrderTask } from '../core/tasks.js';

/** Moves orders. An order that is past the step says where it is, so a repeat gets an answer as good as the first. */
export const ordersTarget =
  (commands: Pick<Commands, 'send' | 'look'>): ProcessTarget =>
  async (sent) => {
    const task = sent.payload as OrderTask;
    const result = await commands.send(ORDER_AGGREGATE, processRequest(sent, task.orderId, task));
    if (result.ok) return { outcome: 'done', data: { status: result.value.stream.state.status } };
    const { code, detail } = result.problem;
    if (code !== 'order-status-step-forbidden') return { outcome: 'refused', code, detail };
    const { state } = await commands.look(ORDER_AGGREGATE, task.orderId, sent.tenant);
    return { outcome: 'done', data: { status: state.status } };
  };
