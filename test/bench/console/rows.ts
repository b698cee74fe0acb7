/** Rows as the product writes them, in bulk. The events of the deliveries are in the log. */
import type { ClientBase } from 'pg';
import { TALLY_PERIODS, tallyRange } from '#libs/webhook-delivery/core';

/** Deliveries go back as far as the delivery log has days. */
export const DELIVERY_DAYS = 3;

const DELIVERY = `
  create temp table delivery as
  select $1::uuid as subscription_id, event.*, $3::boolean or nth % 100 = 1 as is_dead,
    not $3 and nth % 1000 = 7 as is_retrying,
    case when nth % 1000 = 3 then 'order.cancelled' when nth % 10 < 4 then 'order.created'
      when nth % 10 < 7 then 'order.confirmed' when nth % 10 < 9 then 'order.shipped' else 'order.delivered' end as event_type,
    now() - nth * ${DELIVERY_DAYS} * interval '1 day' / $2 as at,
    case nth / 100 % 4 when 0 then 'status 500' when 1 then 'status 503' when 2 then 'no answer in ' || 3000 + nth % 100 || ' ms'
      else 'connect ECONNREFUSED 10.0.' || nth % 250 || '.1:443' end as error,
    case nth / 100 % 4 when 0 then 500 when 1 then 503 end as failed_status
  from (
    select row_number() over (order by event_id desc) as nth, event_id, tenant, topic, partition, "offset"
    from (select * from event_index where topic = 'orders' order by event_id desc limit $2) as newest
  ) as event`;

const ATTEMPTS = `
  insert into webhook_attempt (attempt_id, feed_id, subscription_id, tenant, topic, partition, "offset", event_id, event_type,
    events, attempt, started_at, duration_ms, outcome, status_code, reason, answer, exchange)
  select gen_random_uuid(), subscription_id, subscription_id, tenant, topic, partition, "offset", event_id, event_type,
    1, attempt, at + (attempt - tries) * interval '1 s', 20 + nth % 80,
    case when attempt < tries or is_retrying then 'retried' when is_dead then 'dead-letter' else 'delivered' end,
    case when attempt < tries or is_retrying or is_dead then failed_status else 204 end,
    case when attempt < tries or is_retrying or is_dead then 'status' end,
    case when attempt < tries or is_retrying or is_dead then 'the receiver is away' else '' end,
    'native full single - 0 -' || E'\\nserver: nginx\\ncontent-type: text/plain'
  from (select *, case when is_dead or nth % 50 = 0 then 2 else 1 end as tries from delivery) as delivery,
    generate_series(1, tries) as attempt`;

const PARKED = `
  insert into webhook_parked_delivery (feed_id, topic, partition, "offset", lane, event_id, event_type, parked_at)
  select subscription_id, topic, partition, "offset", event_id::text, event_id, event_type, at
  from delivery where is_dead or is_retrying`;

const LANES = `
  insert into webhook_lane (feed_id, topic, partition, lane, subscription_id, attempts, retry_at, last_error, failing_since,
    parked_at, announced)
  select subscription_id, topic, partition, event_id::text, subscription_id, 2,
    case when is_retrying then now() + interval '1 day' end, error, at, case when is_dead then at end, true
  from delivery where is_dead or is_retrying`;

/**
 * Deliveries of one subscription, of the newest events of the log: one in a hundred is a dead letter, one in a thousand is
 * retried; or all are dead letters.
 */
export async function addDeliveries(
  client: ClientBase,
  subscriptionId: string,
  count: number,
  areDead: boolean,
): Promise<void> {
  await client.query('drop table if exists delivery');
  await client.query(DELIVERY, [subscriptionId, count, areDead]);
  for (const rows of [ATTEMPTS, PARKED, LANES]) await client.query(rows);
}

/** Attempts of all subscriptions in each step of each period. */
export async function addTallies(client: ClientBase): Promise<void> {
  for (const period of TALLY_PERIODS) {
    const { stepMinutes, starts } = tallyRange(period, Date.now());
    await client.query(
      `insert into webhook_tally (subscription_id, step_minutes, started_at, status_code, attempts, durations)
       select subscription_id, $1, started_at, status_code, 40, '{0,0,0,0,0,0,0,0,0,0,0,0,5,10,15,5,3,2}'
       from webhook_subscription, (values (204), (500)) as answer (status_code), unnest($2::timestamptz[]) as started_at
       on conflict do nothing`,
      [stepMinutes, starts.map((start) => new Date(start).toISOString())],
    );
  }
}

/** Adds copies of the orders that the projection has made, until there are so many. */
export async function addOrders(client: ClientBase, count: number): Promise<void> {
  const { rows } = await client.query<{ own: number }>('select count(*)::int as own from "order"');
  const own = rows[0]?.own ?? 0;
  await client.query(
    `insert into "order" (order_id, tenant, version, status, customer_id, created_at, updated_at, state)
     select gen_random_uuid(), tenant, version, status, customer_id, created_at - copy * interval '9 days',
       updated_at - copy * interval '9 days', state
     from generate_series(1, $1) as copy, "order" limit $2`,
    [Math.ceil(count / Math.max(1, own)), Math.max(0, count - own)],
  );
}

/** What autovacuum does within minutes: without it, plans and reads are those of the first moments. */
export const settle = (client: ClientBase) => client.query('vacuum (analyze)');
