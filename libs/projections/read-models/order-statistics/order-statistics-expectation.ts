import type { LoggedEvent } from '#libs/contracts';
import type { Stream } from '#libs/kernel';
import { type ExistingOrder, orderDecider, type OrderEvent, type OrderState } from '#libs/orders';
import type {
  Expectation,
  ExpectationContext,
  ExpectedRow,
  VerifiedReadModel,
} from '../../core/verification/expectation.js';
import { SlicedStreams } from '../../core/verification/sliced-streams.js';

const NONE: readonly ExpectedRow[] = [];

interface Count {
  readonly columns: Readonly<Record<'tenant' | 'hour' | 'currency' | 'status' | 'partition', string>>;
  orders: bigint;
  revenue: bigint;
}

/** Counts the final orders, whereas the read model adds and subtracts with each event. */
class StatisticsExpectation implements Expectation {
  readonly #orders: SlicedStreams<OrderState, OrderEvent>;
  readonly #counts = new Map<string, Count>();
  #isLast = false;

  constructor(private readonly context: ExpectationContext) {
    this.#orders = new SlicedStreams(orderDecider, context);
  }

  apply(event: LoggedEvent): readonly ExpectedRow[] {
    this.#orders.apply(event);
    return NONE;
  }

  *endPass(): Iterable<ExpectedRow> {
    for (const [orderId, { tenant, createdAt, state }] of existing(this.#orders)) {
      const { currency, status, total } = state;
      const fact = { tenant, hour: hourOf(createdAt), currency, status };
      this.#count({ ...fact, partition: String(this.context.partition) }, total);
      yield { table: 'order_fact', columns: { order_id: orderId, ...fact, total: String(total) } };
    }
    this.#isLast = !this.#orders.needsAnotherPass();
    if (!this.#isLast) return;
    for (const { columns, orders, revenue } of this.#counts.values()) {
      yield {
        table: 'order_statistics',
        columns: { ...columns, orders: String(orders), revenue: String(revenue) },
      };
    }
  }

  needsAnotherPass(): boolean {
    return !this.#isLast;
  }

  #count(columns: Count['columns'], total: number): void {
    const key = JSON.stringify(Object.values(columns));
    const count = this.#counts.get(key) ?? { columns, orders: 0n, revenue: 0n };
    count.orders += 1n;
    count.revenue += BigInt(total);
    this.#counts.set(key, count);
  }
}

function hourOf(time: string): string {
  const hour = new Date(time);
  hour.setUTCMinutes(0, 0, 0);
  return hour.toISOString();
}

function* existing(
  orders: SlicedStreams<OrderState, OrderEvent>,
): Iterable<[orderId: string, order: Stream<ExistingOrder>]> {
  for (const [orderId, stream] of orders.entries()) {
    const { state } = stream;
    if (state.status !== 'none') yield [orderId, { ...stream, state }];
  }
}

export const VERIFIED_STATISTICS: VerifiedReadModel = {
  // A status that all orders have left may keep a row of zeros, or have none.
  tables: [{ name: 'order_fact' }, { name: 'order_statistics', emptyRow: 'orders = 0 and revenue = 0' }],
  expect: (context) => new StatisticsExpectation(context),
};
