import pLimit from 'p-limit';
import { type Commands, processRequest } from '#libs/commands';
import { STOCK_AGGREGATE, stockStreamId } from '#libs/inventory';
import type { DispatchedCommand, ProcessTarget } from '#libs/processes/runner';
import { lineAnswerOf, type LineCommand, lineCommandsOf, stockAnswerOf } from '../core/stock-lines.js';
import type { LineAnswer, StockTask } from '../core/tasks.js';

/** Refusals of a repeat whose first answer got lost: the stock tells what came of it. */
const REPEATS: readonly string[] = ['stock-already-reserved', 'stock-not-reserved'];

/** Lines of one order that are on their way at the same time: a large order leaves room for others. */
const LINES_AT_ONCE = 8;

/** Reserves, releases and ships the stock of orders. Each line is a command of its own to the stream of its sku. */
export const stockTarget =
  (commands: Pick<Commands, 'send' | 'look'>): ProcessTarget =>
  async (sent) => {
    const limit = pLimit(LINES_AT_ONCE);
    try {
      const lines = lineCommandsOf(sent.payload as StockTask);
      return stockAnswerOf(await limit.map(lines, (line) => carryOut(commands, line, sent)));
    } finally {
      // After an error, the whole task comes again.
      limit.clearQueue();
    }
  };

async function carryOut(
  commands: Pick<Commands, 'send' | 'look'>,
  command: LineCommand,
  sent: DispatchedCommand,
): Promise<LineAnswer> {
  const { sku } = command;
  const streamId = stockStreamId(sent.tenant, sku);
  const cause = { ...sent, commandId: `${sent.commandId} ${sku}` };
  const result = await commands.send(STOCK_AGGREGATE, processRequest(cause, streamId, command));
  if (result.ok) return lineAnswerOf(command, result.value.stream);
  const { code, detail } = result.problem;
  return REPEATS.includes(code)
    ? lineAnswerOf(command, await commands.look(STOCK_AGGREGATE, streamId, sent.tenant))
    : { sku, result: 'rejected', reason: detail, version: 0 };
}
