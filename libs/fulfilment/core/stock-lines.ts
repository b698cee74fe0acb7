import { reservedFor, type StockCommand, type StockItem } from '#libs/inventory';
import type { Stream } from '#libs/kernel';
import type { TargetAnswer } from '#libs/processes/core';
import type { LineAnswer, StockAnswer, StockTask } from './tasks.js';

/** The part of a task that concerns one SKU. */
export type LineCommand = Extract<StockCommand, { type: StockTask['type'] }>;

export function lineCommandsOf(task: StockTask): LineCommand[] {
  const { orderId } = task;
  if (task.type !== 'reserve-stock') return task.skus.map((sku) => ({ type: task.type, sku, orderId }));
  const { type, whenUntracked } = task;
  return task.lines.map(({ sku, quantity }) => ({ type, sku, orderId, quantity, whenUntracked }));
}

/** Reads the outcome of a line from the stock after it, so a repeat gets the same answer as the first attempt. */
export function lineAnswerOf(
  command: LineCommand,
  { state, version }: Pick<Stream<StockItem>, 'state' | 'version'>,
): LineAnswer {
  const { sku } = command;
  if (command.type !== 'reserve-stock') return { sku, version };
  const isReserved = reservedFor(state.reservations, command.orderId) !== undefined;
  const isUntracked = !state.isTracked && command.whenUntracked === 'accept';
  const result = isReserved ? 'reserved' : isUntracked ? 'untracked' : 'rejected';
  return { sku, result, version };
}

export function stockAnswerOf(lines: readonly LineAnswer[]): TargetAnswer {
  const isRejected = lines.some(({ result }) => result === 'rejected');
  const answer: StockAnswer = { result: isRejected ? 'rejected' : 'done', lines };
  return { outcome: 'done', data: { ...answer } };
}
