import type { Commands } from '#libs/commands';
import type { Stream } from '#libs/kernel';
import { type ExistingOrder, ORDER_AGGREGATE } from '#libs/orders';
import type { PaymentTasks } from '#libs/payment-gateways/tasks';
import { type TargetAnswer } from '#libs/processes/core';
import type { ProcessTarget } from '#libs/processes/runner';
import { unreachable } from '#libs/kernel';
import type { MoneyTask } from '../core/tasks.js';

/** Moves the money of orders. The order itself says how much, and how it is paid, so no process stores a token. */
export const paymentsTarget =
  (commands: Pick<Commands, 'recall'>, tasks: PaymentTasks): ProcessTarget =>
  async (sent): Promise<TargetAnswer> => {
    const task = sent.payload as MoneyTask;
    const { orderId } = task;
    const { state }: Stream<{ readonly status: 'none' } | ExistingOrder> = await commands.recall(
      ORDER_AGGREGATE,
      orderId,
      sent.tenant,
    );
    if (state.status === 'none')
      return { outcome: 'refused', code: 'order-not-found', detail: `There is no order ${orderId}.` };
    const { customer, currency, total, payment } = state;
    const given = {
      orderId,
      customerId: customer.id,
      currency,
      total,
      cause: sent,
      isFirstAttempt: sent.isFirst,
    };
    switch (task.type) {
      case 'flag':
        return tasks.flag(given, task.reason);
      case 'authorize':
        return tasks.authorize({
          ...given,
          token: payment?.token ?? null,
          country: payment?.country ?? null,
        });
      case 'capture':
        return tasks.capture(given);
      case 'close':
        return tasks.close(given, null);
      case 'forgo':
        return tasks.forgo(given, null);
      default:
        return unreachable(task);
    }
  };
