import { ORDER_AGGREGATE } from '#libs/orders';
import type { Projection } from '../../core/runtime/projection.js';
import { prepared } from '#libs/postgres';
import { commaSeparated } from '../../postgres/columns.js';
import type { PostgresTransaction } from '../../postgres/postgres-transaction.js';

const INSERT = prepared(`
  insert into order_timeline (order_id, version, tenant, occurred_at, partition, "offset", value)
  select order_id::uuid, version::int, tenant, occurred_at::timestamptz, partition::int, "offset"::bigint,
    substring($7::bytea from start::int for length::int)
  from rows from (
    string_to_table($1, ','), string_to_table($2, ','), unnest($3::text[]), string_to_table($4, ','),
    string_to_table($5, ','), string_to_table($6, ','), string_to_table($8, ','), string_to_table($9, ',')
  ) as row (order_id, version, tenant, occurred_at, partition, "offset", start, length)`);

export const TIMELINE_PROJECTION = 'order-timeline';

/**
 * Every event of each order, stored as the bytes of the log: nothing is lost, less is written, and a new upcaster needs
 * no rebuild.
 */
export const ORDER_TIMELINE_READ_MODEL: Projection<PostgresTransaction> = {
  name: TIMELINE_PROJECTION,
  version: 1,
  topics: [ORDER_AGGREGATE.topic],
  acrossPartitions: true,
  tables: ['order_timeline'],
  write: async (transaction, events) => {
    const metadata = events.map((event) => event.metadata);
    const values = events.map(({ value }) => value);
    let end = 1;
    const starts = values.map(({ length }) => (end += length) - length);
    await transaction.query(
      INSERT([
        commaSeparated(metadata.map(({ streamId }) => streamId)),
        commaSeparated(metadata.map(({ version }) => version)),
        metadata.map(({ tenant }) => tenant),
        commaSeparated(metadata.map(({ occurredAt }) => occurredAt)),
        commaSeparated(events.map(({ position }) => position.partition)),
        commaSeparated(events.map(({ position }) => position.offset)),
        Buffer.concat(values),
        commaSeparated(starts),
        commaSeparated(values.map(({ length }) => length)),
      ]),
    );
  },
};
