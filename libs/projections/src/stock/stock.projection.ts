import { stockDecider, type StockItem } from '#libs/inventory';
import type { RecordedEvent, Stream } from '#libs/kernel';
import { foldStreams } from '../fold.js';
import type { StepContext } from '../runtime/projection.js';

/** Name under which the projection keeps its checkpoints. */
export const STOCK_PROJECTION = 'stock';
export const STOCK_TOPIC = 'inventory';

/** The stock items after a batch of events, from the items before it. @throws as {@link foldStreams} does. */
export const foldStock = (
  before: ReadonlyMap<string, Stream<StockItem>>,
  events: readonly RecordedEvent[],
  context: StepContext,
): Map<string, Stream<StockItem>> => foldStreams(stockDecider, before, events, context);
