import type { QueryConfig } from 'pg';
import { FilledDatabase, modelNamed } from '../../testing/filled-database.fixture.js';
import type { PostgresReadModel } from '../../testing/filled-log.fixture.js';

const filled = await FilledDatabase.use();

describe('projections that are wrong', () => {
  /** The same, but for what its statements say. */
  const withSql = (readModel: PostgresReadModel, from: string, to: string): PostgresReadModel => ({
    ...readModel,
    write: (transaction, events, context) =>
      readModel.write(
        {
          query: ({ text, values }: QueryConfig) => transaction.query(text.replaceAll(from, to), values),
        } as never,
        events,
        context,
      ),
  });
  const without = (readModel: PostgresReadModel, type: string): PostgresReadModel => ({
    ...readModel,
    write: (transaction, events, context) =>
      readModel.write(
        transaction,
        events.filter((each) => each.type !== type),
        context,
      ),
  });

  it.each([
    ['does not keep the status', withSql(modelNamed('orders'), 'status = excluded.status,', '')],
    ['does not keep the state', withSql(modelNamed('orders'), ', state = excluded.state', '')],
    ['does not see cancellations', without(modelNamed('orders'), 'order.cancelled')],
    ['does not add up', withSql(modelNamed('order-statistics'), 'orders = statistics.orders +', 'orders =')],
    ['does not count cancellations', without(modelNamed('order-statistics'), 'order.cancelled')],
    ['does not keep every event', without(modelNamed('order-timeline'), 'order.shipped')],
    ['mixes bytes up', withSql(modelNamed('order-timeline'), 'start::int for', 'start::int + 1 for')],
    ['does not hold', withSql(modelNamed('stock'), 'reserved = excluded.reserved', 'reserved = 0')],
  ])('catches a projection that %s', async (_, wrong) => {
    await filled.beginAnew(wrong);
    await filled.project(wrong);
    expect((await filled.differencesOf(wrong)).length).toBeGreaterThan(0);
  });
});
