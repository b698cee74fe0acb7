import type { LoggedEvent } from '#libs/contracts';
import { stockDecider, type StockEvent, type StockItem } from '#libs/inventory';
import {
  columnText,
  type Expectation,
  type ExpectationContext,
  type ExpectedRow,
  type VerifiedReadModel,
} from '../../core/verification/expectation.js';
import { SlicedStreams } from '../../core/verification/sliced-streams.js';

class StockExpectation implements Expectation {
  readonly #items: SlicedStreams<StockItem, StockEvent>;

  constructor(context: ExpectationContext) {
    this.#items = new SlicedStreams(stockDecider, context);
  }

  apply(event: LoggedEvent): readonly ExpectedRow[] {
    this.#items.apply(event);
    return [];
  }

  *endPass(): Iterable<ExpectedRow> {
    for (const [, { tenant, version, createdAt, updatedAt, state }] of this.#items.entries()) {
      const { sku, onHand, reserved } = state;
      yield {
        table: 'stock_item',
        columns: {
          tenant,
          sku: columnText(sku),
          version: String(version),
          on_hand: String(onHand),
          reserved: String(reserved),
          available: String(onHand - reserved),
          created_at: createdAt,
          updated_at: updatedAt,
          state: JSON.stringify(state),
        },
      };
    }
  }

  needsAnotherPass(): boolean {
    return this.#items.needsAnotherPass();
  }
}

export const VERIFIED_STOCK: VerifiedReadModel = {
  tables: [{ name: 'stock_item' }],
  expect: (context) => new StockExpectation(context),
};
