import type { RecordedEvent, Stream } from '#libs/kernel';
import {
  foldSubscriptions,
  SUBSCRIPTIONS_PROJECTION,
  SUBSCRIPTIONS_TOPIC,
} from './subscriptions.projection.js';
import { oldStreamIdsOf } from '../../core/fold.js';
import type { Projection } from '../../core/runtime/projection.js';
import { isLive, type LiveSubscription, type SubscriptionState } from '#libs/webhooks';
import { prepared } from '#libs/postgres';
import { newlineSeparated, commaSeparated } from '../../postgres/columns.js';
import type { PostgresTransaction } from '../../postgres/postgres-transaction.js';
import { STREAM_COLUMNS, type StreamRow, streamOf } from '../../postgres/stream-row.js';

const LOAD = prepared(`
  select subscription_id as "subscriptionId", ${STREAM_COLUMNS} from webhook_subscription
  where subscription_id in (select string_to_table($1, ',')::uuid)`);

const SAVE = prepared(`
  insert into webhook_subscription as known
    (subscription_id, tenant, version, status, revision, created_at, updated_at, state, bytes)
  select subscription_id::uuid, tenant, version::int, status, revision::int, created_at::timestamptz,
    updated_at::timestamptz, state::json, octet_length(state)
  from rows from (
    string_to_table($1, ','), unnest($2::text[]), string_to_table($3, ','), string_to_table($4, ','),
    string_to_table($5, ','), string_to_table($6, ','), string_to_table($7, ','), string_to_table($8, E'\\n')
  ) as row (subscription_id, tenant, version, status, revision, created_at, updated_at, state)
  on conflict (subscription_id) do update set
    version = excluded.version, status = excluded.status, revision = excluded.revision,
    updated_at = excluded.updated_at, state = excluded.state, bytes = excluded.bytes
  where known.version < excluded.version`);

const REMOVE = prepared(`
  delete from webhook_subscription where subscription_id in (select string_to_table($1, ',')::uuid)`);

/** The present state of each webhook subscription. */
export const WEBHOOK_SUBSCRIPTIONS_READ_MODEL: Projection<PostgresTransaction> = {
  name: SUBSCRIPTIONS_PROJECTION,
  version: 2,
  topics: [SUBSCRIPTIONS_TOPIC],
  tables: ['webhook_subscription'],
  write: async (transaction, events, context) => {
    const before = await load(transaction, events);
    const after = foldSubscriptions(before, events, context);
    await save(transaction, after);
    await remove(transaction, after);
  },
};

/** Loads the existing subscriptions that the events belong to. */
async function load(
  transaction: PostgresTransaction,
  events: readonly RecordedEvent[],
): Promise<Map<string, Stream<SubscriptionState>>> {
  const ids = oldStreamIdsOf(events);
  if (ids.length === 0) return new Map();
  const { rows } = await transaction.query<StreamRow & { subscriptionId: string }>(
    LOAD([commaSeparated(ids)]),
  );
  return new Map(rows.map((row) => [row.subscriptionId, streamOf<SubscriptionState>(row)]));
}

async function save(
  transaction: PostgresTransaction,
  subscriptions: ReadonlyMap<string, Stream<SubscriptionState>>,
): Promise<void> {
  const streams = [...subscriptions.values()].filter(({ state }) => isLive(state));
  if (streams.length === 0) return;
  const states = streams.map(({ state }) => state as LiveSubscription);
  const { rowCount } = await transaction.query(
    SAVE([
      commaSeparated(states.map(({ subscriptionId }) => subscriptionId)),
      streams.map(({ tenant }) => tenant),
      commaSeparated(streams.map(({ version }) => version)),
      commaSeparated(states.map(({ status }) => status)),
      commaSeparated(states.map(({ revision }) => revision)),
      commaSeparated(streams.map(({ createdAt }) => createdAt)),
      commaSeparated(streams.map(({ updatedAt }) => updatedAt)),
      newlineSeparated(states.map((state) => JSON.stringify(state))),
    ]),
  );
  // A new stream is not looked up first. If its row already exists, its first event is a repeat.
  if (rowCount !== streams.length) throw new Error('a stream that begins with these events already exists');
}

async function remove(
  transaction: PostgresTransaction,
  subscriptions: ReadonlyMap<string, Stream<SubscriptionState>>,
): Promise<void> {
  const ids = [...subscriptions].filter(([, { state }]) => state.status === 'deleted').map(([id]) => id);
  if (ids.length === 0) return;
  await transaction.query(REMOVE([commaSeparated(ids)]));
}
