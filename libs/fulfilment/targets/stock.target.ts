import { type Commands, processRequest } from '#libs/commands';
import { reservedFor, STOCK_AGGREGATE, stockStreamId, type StockItem } from '#libs/inventory';
import type { Stream } from '#libs/kernel';
import type { TargetAnswer } from '#libs/processes/core';
import type { ProcessTarget } from '#libs/processes/runner';
import type { StockTask } from '../core/tasks.js';

/** Refusals of a repeat whose first answer got lost: the stock tells what came of it. */
const REPEATS: readonly string[] = ['stock-already-reserved', 'stock-not-reserved'];

/** Reserves, releases and ships the stock of orders. */
export const stockTarget =
  (commands: Pick<Commands, 'send' | 'look'>): ProcessTarget =>
  async (sent) => {
    const task = sent.payload as StockTask;
    const streamId = stockStreamId(sent.tenant, task.sku);
    const result = await commands.send(STOCK_AGGREGATE, processRequest(sent, streamId, task));
    if (result.ok) return answerOf(task, result.value.stream);
    const { code, detail } = result.problem;
    if (!REPEATS.includes(code)) return { outcome: 'refused', code, detail };
    return answerOf(task, await commands.look(STOCK_AGGREGATE, streamId, sent.tenant));
  };

function answerOf(task: StockTask, { state, version }: Stream<StockItem>): TargetAnswer {
  if (task.type !== 'reserve-stock') return { outcome: 'done', data: { version } };
  const isReserved = reservedFor(state.reservations, task.orderId) !== undefined;
  const isUntracked = !state.isTracked && task.whenUntracked === 'accept';
  const result = isReserved ? 'reserved' : isUntracked ? 'untracked' : 'rejected';
  return { outcome: 'done', data: { result, version } };
}
