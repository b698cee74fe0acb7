import { newId } from '#libs/kernel';
import type { PooledPrisma } from '#libs/postgres';
import { WebhookStore } from '../testing/webhook-store.fixture.js';
import { AttemptDays } from './attempt-log.js';
import { DeliveryRepository, MOST_SCANNED } from './delivery.repository.js';

const DAY_MS = 86_400_000;
const MORE = 2_000;

/** Deliveries, each of one attempt, a second apart; the newest is of now. Dead letters wait in their lanes. */
const INSERT = `
  with delivery as (
    select gen_random_uuid() as id, nth, now() - nth * interval '1 s' - $4 * interval '1 s' as at
    from generate_series(0, $2 - 1) as nth
  ), lane as (
    insert into webhook_lane (feed_id, topic, partition, lane, subscription_id, attempts, parked_at, failing_since, announced)
    select $1, 'orders', 0, id::text, $1, 1, at, at, true from delivery where $3 = 'dead-letter'
  ), parked as (
    insert into webhook_parked_delivery (feed_id, topic, partition, "offset", lane, event_id, event_type, parked_at)
    select $1, 'orders', 0, nth, id::text, id, 'order.created', at from delivery where $3 = 'dead-letter'
  )
  insert into webhook_attempt (attempt_id, feed_id, subscription_id, tenant, topic, partition, "offset", event_id, event_type,
    events, attempt, started_at, duration_ms, outcome, status_code)
  select gen_random_uuid(), $1, $1, 'acme', 'orders', 0, nth, id, 'order.created', 1, 1, at, 1, $3, 500 from delivery`;

interface Plan {
  readonly Plans?: readonly Plan[];
  readonly Alias?: string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Loops': number;
}

describe('a page of deliveries', () => {
  let store: WebhookStore;
  const subscription = newId();
  const insert = (count: number, outcome: string, startsAfterSeconds = 0) =>
    store.prisma.pool.query(INSERT, [subscription, count, outcome, startsAfterSeconds]);

  beforeAll(async () => {
    store = await WebhookStore.open();
    const days = new AttemptDays(store.prisma);
    await days.lookAfter(30, Date.now() - 3 * DAY_MS);
    await days.lookAfter(30);
    await insert(MOST_SCANNED + MORE, 'dead-letter');
    await insert(1, 'retried', MOST_SCANNED + MORE + 100);
    await store.prisma.pool.query('analyze');
  });
  afterAll(() => store?.close());

  it('looks at a bounded number of attempts, and says where to go on', async () => {
    const deliveries = new DeliveryRepository(store.prisma);
    const rare = { status: 'retrying' } as const;
    const first = await deliveries.findPage(subscription, rare, 10, undefined);
    expect(first).toMatchObject({ items: [], hasMore: false, scannedTo: expect.anything() });
    const second = await deliveries.findPage(subscription, rare, 10, first.scannedTo);
    expect(second).toMatchObject({ items: [{ status: 'retrying' }], scannedTo: undefined });
    const full = await deliveries.findPage(subscription, { status: 'dead-letter' }, 10, undefined);
    expect(full).toMatchObject({ hasMore: true, scannedTo: undefined });
  });

  it('looks for later attempts on later days only', async () => {
    const plans: Plan[] = [];
    const pool = {
      query: async (text: string, values: unknown[]) => {
        const { rows } = await store.prisma.pool.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
          `explain (analyze, format json) ${text}`,
          values,
        );
        plans.push(...rows.map((row) => row['QUERY PLAN'][0].Plan));
        return { rows: [] };
      },
    } as unknown as PooledPrisma['pool'];
    await new DeliveryRepository({ pool }).findPage(subscription, { status: 'retrying' }, 10, undefined);
    const lookups = plans.flatMap(nodesOf).filter(({ Alias: alias }) => alias?.startsWith('later_'));
    const looked = lookups.filter((node) => node['Actual Loops'] > 0).map((node) => node['Relation Name']);
    const old = `webhook_attempt_${new Date(Date.now() - 3 * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')}`;
    expect(lookups.map((node) => node['Relation Name'])).toContain(old);
    expect(looked).not.toContain(old);
    expect(looked.length).toBeGreaterThan(0);
  });
});

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
