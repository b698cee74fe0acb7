import type { Commands } from '#libs/commands';
import type { Stream } from '#libs/kernel';
import { type ExistingOrder, ORDER_AGGREGATE } from '#libs/orders';
import type { ProcessTarget } from '#libs/processes/runner';
import type { PersonalData } from '#libs/personal-data/sealing';
import type { PrismaService } from '#libs/postgres';
import { type FraudRule, suspicionOf } from '../core/fraud-rules.js';
import type { ScreeningTask } from '../core/tasks.js';

/** Screens orders for fraud. Orders of a customer are counted in a read model, which may be some milliseconds behind. */
export const screeningTarget =
  (
    commands: Pick<Commands, 'recall'>,
    { pool }: Pick<PrismaService, 'pool'>,
    rules: readonly FraudRule[],
    personalData: Pick<PersonalData, 'opened'>,
  ): ProcessTarget =>
  async ({ payload, tenant }) => {
    const { orderId } = payload as ScreeningTask;
    const { state, createdAt }: Stream<{ readonly status: 'none' } | ExistingOrder> = await commands.recall(
      ORDER_AGGREGATE,
      orderId,
      tenant,
    );
    if (state.status === 'none')
      return { outcome: 'refused', code: 'order-not-found', detail: `There is no order ${orderId}.` };
    const countOrders = async (withinMs: number): Promise<number> => {
      const since = new Date(Date.parse(createdAt) - withinMs).toISOString();
      const { rows } = await pool.query<{ count: string }>(
        `select count(*) from "order" where tenant = $1 and customer_id = $2 and created_at > $3
           and created_at <= $4 and order_id <> $5`,
        [tenant, state.customer.id, since, createdAt, orderId],
      );
      return 1 + Number(rows[0]?.count ?? 0);
    };
    const shippingAddress = await personalData.opened(state.shippingAddress, tenant);
    const reason = await suspicionOf({ ...state, shippingAddress }, rules, countOrders);
    return {
      outcome: 'done',
      data: reason === undefined ? { result: 'passed' } : { result: 'flagged', reason },
    };
  };
