import { stockDecider, type StockItem } from '#libs/inventory';
import type { RecordedEvent, Stream } from '#libs/kernel';
import { foldStreams } from '../../core/fold.js';
import type { StepContext } from '../../core/runtime/projection.js';

/** The projection's name, which its checkpoints use. */
export const STOCK_PROJECTION = 'stock';
export const STOCK_TOPIC = 'inventory';

/** Folds a batch of events into the stock items that it changes. @throws as {@link foldStreams} does */
export const foldStock = (
  before: ReadonlyMap<string, Stream<StockItem>>,
  events: readonly RecordedEvent[],
  context: StepContext,
): Map<string, Stream<StockItem>> => foldStreams(stockDecider, before, events, context);
