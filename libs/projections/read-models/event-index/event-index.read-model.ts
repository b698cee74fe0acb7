import { EVENT_TOPICS } from '#libs/contracts';
import { prepared, withoutNul } from '#libs/postgres';
import type { Projection } from '../../core/runtime/projection.js';
import { commaSeparated } from '../../postgres/columns.js';
import type { PostgresTransaction } from '../../postgres/postgres-transaction.js';
import { orderOf } from './order-of-event.js';

const INSERT = prepared(`
  insert into event_index (event_id, order_id, tenant, topic, partition, "offset")
  select event_id::uuid, nullif(order_id, '')::uuid, tenant, topic, partition::int, "offset"::bigint
  from rows from (
    string_to_table($1, ','), string_to_table($2, ','), unnest($3::text[]), string_to_table($4, ','),
    string_to_table($5, ','), string_to_table($6, ',')
  ) as row (event_id, order_id, tenant, topic, partition, "offset")`);

export const EVENT_INDEX_PROJECTION = 'event-index';

/** Where each event of every topic is in the log. It holds no payload, because it gets a row for every event. */
export const EVENT_INDEX_READ_MODEL: Projection<PostgresTransaction> = {
  name: EVENT_INDEX_PROJECTION,
  version: 1,
  topics: EVENT_TOPICS,
  acrossPartitions: true,
  tables: ['event_index'],
  write: async (transaction, events) => {
    await transaction.query(
      INSERT([
        commaSeparated(events.map(({ metadata }) => metadata.eventId)),
        commaSeparated(events.map((event) => orderOf(event) ?? null)),
        events.map(({ metadata }) => withoutNul(metadata.tenant)),
        commaSeparated(events.map(({ position }) => position.topic)),
        commaSeparated(events.map(({ position }) => position.partition)),
        commaSeparated(events.map(({ position }) => position.offset)),
      ]),
    );
  },
};
