import { TENANT_EVENT_TOPICS } from '#libs/contracts';

/** A question that every shop asks. */
export interface StarterQuery {
  readonly name: string;
  readonly about: string;
  /** The topics that it reads. */
  readonly topics: readonly string[];
  readonly sql: string;
}

/** All events that a subscriber can be owed. Those of webhooks are owed to whoever names them, which is rare. */
const OWED_TOPICS = TENANT_EVENT_TOPICS.filter((topic) => topic !== 'webhooks' && topic !== 'processes');

export const STARTER_QUERIES: readonly StarterQuery[] = [
  {
    name: 'revenue-by-day',
    about: 'orders and revenue by day and currency, without cancelled orders',
    topics: ['orders'],
    sql: `select _time::date as day, currency, count(*) as orders, round(sum(money(total, currency)), 2) as revenue
from order_created anti join order_cancelled using (orderId)
group by all order by all`,
  },
  {
    name: 'funnel',
    about: 'how many orders came how far',
    topics: ['orders'],
    sql: `with steps as (
  select 1 as stage, 'created' as step, count(*) as orders from order_created
  union all select 2, 'confirmed', count(*) from order_confirmed
  union all select 3, 'shipped', count(*) from order_shipped
  union all select 4, 'delivered', count(*) from order_delivered
  union all select 5, 'completed', count(*) from order_completed
  union all select 6, 'cancelled', count(*) from order_cancelled)
select step, round(100.0 * orders / nullif(first(orders) over (order by stage), 0), 1) as percent, orders
from steps order by stage`,
  },
  {
    name: 'time-to-delivery',
    about: 'hours from order to delivery, by day of the order: the median, and what nine of ten wait at most',
    topics: ['orders'],
    sql: `select created._time::date as day, count(*) as delivered,
  round(quantile_cont(epoch(delivered._time - created._time) / 3600, 0.9), 2) as ninth_decile,
  round(median(epoch(delivered._time - created._time) / 3600), 2) as median
from order_created created join order_delivered delivered using (orderId)
group by all order by all`,
  },
  {
    name: 'stock-turns',
    about: 'units shipped for each unit on hand on average, by article',
    topics: ['inventory'],
    sql: `with moves as (
  select tenant, sku, _time, version, quantity as change from stock_received
  union all select tenant, sku, _time, version, quantity from stock_adjusted
  union all select tenant, sku, _time, version, -quantity from stock_shipped),
levels as (
  select *, sum(change) over (partition by tenant, sku order by version) as on_hand from moves),
shipped as (select tenant, sku, sum(quantity) as units from stock_shipped group by all)
select sku, coalesce(any_value(units), 0) as shipped, round(avg(on_hand), 1) as average_on_hand,
  round(coalesce(any_value(units), 0) / nullif(avg(on_hand), 0), 2) as turns
from levels left join shipped using (tenant, sku)
group by tenant, sku order by turns desc nulls last, sku limit 50`,
  },
  {
    name: 'payment-failures',
    about: 'payments that came to nothing, by cause',
    topics: ['payments', 'orders'],
    sql: `select cause, coalesce(gateway, '-') as gateway, count(*) as payments
from (select reason as cause, gateway from payment_failed
  union all select 'rejected in review', null from payment_rejected
  union all select 'timed out', null from order_cancelled where cause = 'payment-timed-out')
group by all order by payments desc, cause`,
  },
  {
    name: 'webhook-success',
    about:
      'by subscription: events owed since it was made, and the share that is no dead letter (filters count as owed)',
    topics: [...OWED_TOPICS, 'webhooks'],
    sql: `with events as (
${OWED_TOPICS.map((topic) => `  select event_id, event_type, tenant, _time from ${topic}`).join(' union all\n')}),
owed as (
  select s.subscriptionId, s.callbackUrl, count(*) as owed
  from webhook_subscription_created s join events e on e.tenant = s.tenant and e._time >= s._time
    and (list_contains(s.eventTypes, '*') or list_contains(s.eventTypes, e.event_type)
      or list_contains(s.eventTypes, split_part(e.event_type, '.', 1) || '.*')
      or (list_contains(s.eventTypes, 'order.updated') and e.event_type like 'order.%'
        and e.event_type <> 'order.created'))
  group by all),
dead as (select subscriptionId, count(distinct eventId) as dead_letters from webhook_dead_lettered group by all)
select callbackUrl, subscriptionId, owed, coalesce(dead_letters, 0) as dead_letters,
  round(100.0 * (owed - coalesce(dead_letters, 0)) / owed, 2) as percent
from owed left join dead using (subscriptionId) order by percent, owed desc`,
  },
];
