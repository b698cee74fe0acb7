import { newId } from '#libs/kernel';
import type { ClaimedPartition } from '../testing/conformance/store-under-test.js';
import { startOfStep, TALLY_STEPS } from '../core/tallies/tally-periods.js';
import { die, WebhookStore } from '../testing/webhook-store.fixture.js';
import { type JudgedEndpoint, JudgedEndpoints } from './judged-endpoints.js';

const NOW = Date.parse('2026-03-01T12:34:56.789Z');
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const ENDPOINT = { endpointRevision: 3, eventTypes: ['order.*'] };
const WARNED = { warned: { warning: 'success-rate' } };

describe('judged endpoints', () => {
  let store: WebhookStore;
  let partition: ClaimedPartition;

  beforeAll(async () => {
    store = await WebhookStore.open();
  });
  afterAll(async () => store?.close());
  beforeEach(async () => {
    await store.empty();
    partition = await store.partition(0);
  });

  const found = async () => {
    const all: JudgedEndpoint[] = [];
    for await (const endpoint of new JudgedEndpoints(store.prisma).find(NOW)) all.push(endpoint);
    return all;
  };
  const foundIds = async () => (await found()).map(({ subscriptionId }) => subscriptionId).toSorted();

  async function failing(subscriptionId: string, sinceMs = NOW - MINUTE, endpointRevision = 3) {
    await die(partition, subscriptionId, newId(), [1], { retryAt: NOW, endpointRevision });
    const since = new Date(sinceMs).toISOString();
    await store.prisma.$executeRaw`
      update webhook_lane set failing_since = ${since}::timestamptz
      where feed_id = ${subscriptionId}::uuid and failing_since > ${since}::timestamptz`;
  }

  async function count(subscriptionId: string, statusCode: number, at: number, attempts = 1) {
    for (const { stepMinutes } of TALLY_STEPS) {
      const startedAt = new Date(startOfStep(at, stepMinutes)).toISOString();
      await store.prisma.$executeRaw`
        insert into webhook_tally as tally (subscription_id, step_minutes, started_at, status_code, attempts, durations)
        values (${subscriptionId}::uuid, ${stepMinutes}, ${startedAt}::timestamptz, ${statusCode}, ${attempts}, '{}')
        on conflict (subscription_id, step_minutes, started_at, status_code) do update
        set attempts = tally.attempts + excluded.attempts`;
    }
  }

  it('are those that fail, or whose owner was warned, while the subscription is active', async () => {
    const state = ENDPOINT;
    const fails = await store.subscribe({ state });
    const warned = await store.subscribe({ state: { ...state, ...WARNED } });
    const paused = await store.subscribe({ state: { ...state, ...WARNED }, status: 'paused' });
    const moved = await store.subscribe({ state: { ...state, endpointRevision: 4 } });
    await store.subscribe({ state });
    for (const id of [fails, paused, moved]) await failing(id);
    expect(await foundIds()).toEqual([fails, warned].toSorted());
    expect(await found()).toContainEqual(
      expect.objectContaining({
        subscriptionId: warned,
        tenant: 'acme',
        revision: 1,
        eventTypes: ['order.*'],
        former: 'success-rate',
        lastError: null,
      }),
    );
  });

  it('are found page by page', async () => {
    const ids = Array.from({ length: 401 }, () => newId()).toSorted();
    await store.prisma.webhookSubscription.createMany({
      data: ids.map((subscriptionId) => ({
        subscriptionId,
        tenant: 'acme',
        status: 'active',
        version: 1,
        revision: 1,
        createdAt: new Date(NOW),
        updatedAt: new Date(NOW),
        state: { ...ENDPOINT, ...WARNED },
      })),
    });
    expect((await found()).map(({ subscriptionId }) => subscriptionId)).toEqual(ids);
  });

  it('are known by the attempts of the last hour, the last quarter, and the days before', async () => {
    const id = await store.subscribe({ state: ENDPOINT });
    await failing(id, NOW - 6 * DAY);
    await failing(id, NOW - MINUTE);
    const other = await store.subscribe({ state: ENDPOINT });
    await count(other, 200, NOW);
    await count(id, 200, NOW - 2 * DAY, 5);
    await count(id, 503, NOW - 30 * MINUTE, 7);
    await count(id, 0, NOW - 20 * MINUTE, 2);
    await count(id, 204, NOW - 5 * MINUTE, 3);
    await count(id, 410, NOW - 5 * MINUTE, 1);
    const [endpoint] = await found();
    expect(endpoint?.facts).toEqual({
      judged: { attempts: 13, delivered: 3 },
      recent: { attempts: 4, delivered: 3 },
      firstFailedAt: startOfStep(NOW - 30 * MINUTE, 1),
      failingSince: NOW - 6 * DAY,
      lastDeliveredAt: startOfStep(NOW - 5 * MINUTE, 180),
      lastFailedAt: startOfStep(NOW - 5 * MINUTE, 180),
      judgedFrom: null,
    });
  });

  it('are not judged by attempts before they moved or recovered', async () => {
    const judgedFrom = new Date(NOW - 10 * MINUTE).toISOString();
    const id = await store.subscribe({ state: { ...ENDPOINT, judgedFrom } });
    await failing(id);
    await count(id, 503, NOW - 11 * MINUTE, 30);
    await count(id, 200, NOW - 9 * MINUTE);
    const [endpoint] = await found();
    expect(endpoint?.facts).toMatchObject({
      judged: { attempts: 1, delivered: 1 },
      recent: { attempts: 1, delivered: 1 },
      firstFailedAt: null,
      judgedFrom: NOW - 10 * MINUTE,
    });
  });
});
