-- Read models as analysts see them: docs/analysts.md. All tenants, no personal fields, no secrets. A view reads with the
-- rights of its owner, so an analyst needs none on the tables.
create schema if not exists analytics;

-- An amount in minor units as a decimal number in the currency's own unit, by ISO 4217.
create or replace function analytics.amount(minor numeric, currency text) returns numeric
language sql immutable parallel safe
return case
  when currency in ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF',
    'XOF', 'XPF') then minor
  when currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then round(minor / 1000, 3)
  when currency in ('CLF', 'UYW') then round(minor / 10000, 4)
  else round(minor / 100, 2)
end;

-- A state without what Postgres cannot read as text: NUL and halves of characters, which no API takes, but an old event may
-- have. One such row must not fail every query.
create or replace function analytics.readable(state json) returns json
language sql immutable parallel safe
return case
  when position('\u' in state::text) = 0 then state
  else regexp_replace(
    state::text, '(?<!\\)((?:\\\\)*)\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '\1', 'g')::json
end;

create or replace view analytics.orders as
select
  order_id,
  tenant,
  version,
  status,
  customer_id,
  known ->> 'currency' as currency,
  (known ->> 'total')::bigint as total_minor,
  analytics.amount((known ->> 'total')::bigint, known ->> 'currency') as total,
  known -> 'cancellation' ->> 'cause' as cancellation_cause,
  known ->> 'carrier' as carrier,
  created_at,
  updated_at
from "order"
cross join lateral (select analytics.readable(state) as known) as readable;
comment on view analytics.orders is 'The current state of each order';

create or replace view analytics.order_items as
select
  order_id,
  tenant,
  line::int,
  item ->> 'sku' as sku,
  (item ->> 'quantity')::bigint as quantity,
  known ->> 'currency' as currency,
  (item ->> 'unitPrice')::bigint as unit_price_minor,
  analytics.amount((item ->> 'unitPrice')::bigint, known ->> 'currency') as unit_price,
  created_at
from "order"
cross join lateral (select analytics.readable(state) as known) as readable
cross join lateral json_array_elements(known -> 'items') with ordinality as items (item, line);
comment on view analytics.order_items is 'The lines of each order, from 1';

create or replace view analytics.orders_by_hour as
select
  tenant,
  hour,
  currency,
  status,
  sum(orders)::bigint as orders,
  sum(revenue) as revenue_minor,
  analytics.amount(sum(revenue), currency) as revenue
from order_statistics
group by tenant, hour, currency, status;
comment on view analytics.orders_by_hour is 'Orders by the hour of their creation and their current status';

create or replace view analytics.payments as
select
  order_id,
  tenant,
  version,
  status,
  known ->> 'customerId' as customer_id,
  currency,
  (known ->> 'total')::bigint as total_minor,
  captured as captured_minor,
  refunded as refunded_minor,
  analytics.amount((known ->> 'total')::bigint, currency) as total,
  analytics.amount(captured, currency) as captured,
  analytics.amount(refunded, currency) as refunded,
  known ->> 'gateway' as gateway,
  created_at,
  updated_at
from payment
cross join lateral (select analytics.readable(state) as known) as readable;
comment on view analytics.payments is 'The current state of the payment of each order';

create or replace view analytics.stock as
select tenant, sku, on_hand, reserved, available, low_at, created_at, updated_at
from stock_item;
comment on view analytics.stock is 'The units of each article';

create or replace view analytics.carts as
select
  cart_id,
  tenant,
  version,
  status,
  customer_id,
  known ->> 'currency' as currency,
  (known ->> 'total')::bigint as total_minor,
  analytics.amount((known ->> 'total')::bigint, known ->> 'currency') as total,
  json_array_length(known -> 'items') as lines,
  (known -> 'checkout' ->> 'orderId')::uuid as order_id,
  created_at,
  updated_at
from cart
cross join lateral (select analytics.readable(state) as known) as readable;
comment on view analytics.carts is 'The current state of each cart';

create or replace view analytics.notifications as
select
  notification_id,
  tenant,
  status,
  known ->> 'template' as template,
  nullif(order_id, '')::uuid as order_id,
  nullif(cart_id, '') as cart_id,
  known ->> 'customerId' as customer_id,
  created_at
from notification
cross join lateral (select analytics.readable(state) as known) as readable;
comment on view analytics.notifications is 'Mails to customers that were sent, or refused for good';
