import { setMaxListeners } from 'node:events';
import { TENANT_FLOODS, type TenantFlood } from '../integrity/floods/tenant-floods.js';
import { inDatabase, pointersOf, problemOf } from './commands.fixture.js';
import { type Client, eventually, positionOf, someOrder, useSharedSystem } from './system.fixture.js';

/** Small, so that one tenant comes to them. */
const LIMITS = {
  QUERY_MAX_WAITING: '40',
  EVENT_STREAM_MAX_READERS: '100',
  COMMAND_MAX_IN_FLIGHT: '2000',
  DATABASE_POOL_SIZE: '6',
  WEBHOOK_MAX_SUBSCRIPTION_BYTES: '150000',
  LOG_LEVEL: 'warn',
};

/** How a request of a flood ends on a busy machine: its sender or the server runs out of time. */
const TOO_SLOW = [0, 408, 503];

/** Goes on while others are asked. */
class RunningFlood {
  readonly statuses = new Map<number, number>();
  readonly #stop = new AbortController();
  readonly #all: Promise<unknown>;

  constructor({ run, times }: TenantFlood, target: { url: string; apiKey: string }) {
    const { signal } = this.#stop;
    setMaxListeners(0, signal);
    const repeat = async (): Promise<void> => {
      while (!signal.aborted) {
        const status = await run(target, signal).catch(() => 0);
        if (!signal.aborted) this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
      }
    };
    this.#all = Promise.all(Array.from({ length: times }, repeat));
  }

  async stop(): Promise<number[]> {
    this.#stop.abort();
    await this.#all;
    return [...this.statuses.keys()].toSorted();
  }
}

describe('beside a greedy tenant', () => {
  const { system, client: greedy } = useSharedSystem({ settings: LIMITS });
  let other: Client;
  let flood: RunningFlood | undefined;
  const startedAt = new Date().toISOString();

  beforeAll(async () => {
    other = await system.client();
  });
  afterEach(() => flood?.stop());

  function begin(of: TenantFlood): RunningFlood {
    flood = new RunningFlood(of, { url: system.app.url, apiKey: greedy.apiKey });
    return flood;
  }

  /** An order is made, and read at once: with its position, and in the list. */
  async function expectServed(): Promise<void> {
    const created = await other.post('/v1/orders', someOrder());
    expect(created.status).toBe(201);
    const headers = { 'orderstream-position': positionOf(created), prefer: 'wait=15' };
    const [read, list] = await Promise.all([
      other.get(`/v1/orders/${created.body.orderId}`, headers),
      other.get('/v1/orders?limit=1', headers),
    ]);
    expect([read.status, list.status]).toEqual([200, 200]);
    expect(list.body.items[0].orderId).toBe(created.body.orderId);
  }

  const served = async (times: number): Promise<void> => {
    for (let n = 0; n < times; n++) await expectServed();
  };

  it('that waits for what nobody was given, others read what they wrote', async () => {
    const running = begin(TENANT_FLOODS.waits);
    await eventually(() => expect([...running.statuses.keys()]).toContain(400));
    await served(10);
    const statuses = await running.stop();
    expect(statuses).toEqual(expect.arrayContaining([400]));
    expect([400, 429, ...TOO_SLOW]).toEqual(expect.arrayContaining(statuses));
  });

  it('that searches all history, others get their events', async () => {
    const running = begin(TENANT_FLOODS.history);
    await eventually(() => expect([...running.statuses.keys()]).toContain(429));
    const known = new Set<string>();
    // Others' own tests have left a long history before.
    for (let place = `from=${startedAt}`; ; ) {
      const path = `/v1/events?${place}&wait=0&limit=500`;
      // Kafka, too, may be too slow for one answer on a busy machine.
      const { body } = await eventually(async () => {
        const answer = await other.get(path);
        expect(answer.status).toBe(200);
        return answer;
      });
      for (const { eventId } of body.items) known.add(eventId);
      if (place === `after=${body.cursor}`) break;
      place = `after=${body.cursor}`;
    }
    expect(known.size).toBeGreaterThanOrEqual(10);
    expect([200, 429, ...TOO_SLOW]).toEqual(expect.arrayContaining(await running.stop()));
  });

  it.each([TENANT_FLOODS.lists, TENANT_FLOODS.statistics])(
    'that asks for $name without end, others are answered',
    async (of) => {
      const running = begin(of);
      await eventually(() => expect([...running.statuses.keys()].length).toBeGreaterThan(0));
      await served(5);
      expect([200, 429, ...TOO_SLOW]).toEqual(expect.arrayContaining(await running.stop()));
    },
  );

  it('that changes its filters without end, memory is bounded, and it is told', async () => {
    const running = begin(TENANT_FLOODS.filters);
    await eventually(() =>
      expect([...running.statuses.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(60),
    );
    await served(3);
    await running.stop();
    const sql = 'select max(bytes)::int as bytes from webhook_subscription';
    const bytesOf = async () => (await inDatabase<{ bytes: number }>(system.databaseUrl, sql))[0]!.bytes;
    await eventually(async () => expect(await bytesOf()).toBeGreaterThan(16_000));
    expect(await bytesOf()).toBeLessThan(120_000);

    // One filter that is too large is named, and so is what all of them take.
    const { subscriptionId } = (await greedy.get('/v1/webhook-subscriptions')).body.items[0];
    const path = `/v1/webhook-subscriptions/${subscriptionId}`;
    const large = await greedy.patch(path, {
      filter: { 'data.a': Array.from({ length: 50 }, () => 'x'.repeat(1_000)) },
    });
    expect([...problemOf(large), pointersOf(large)[0]]).toEqual([400, 'invalid-request', '/filter']);
    const filter = { 'data.a': Array.from({ length: 15 }, () => 'x'.repeat(1_000)) };
    const callbackUrl = 'http://127.0.0.1:9/';
    const refused = await eventually(async () => {
      const body = { callbackUrl, eventTypes: ['*'], filter };
      const answer = await greedy.post('/v1/webhook-subscriptions', body);
      expect(problemOf(answer)).toEqual([409, 'subscription-memory-exhausted']);
      return answer;
    });
    expect(refused.body.detail).toContain('filter');
    // The way on.
    expect((await greedy.patch(path, { filter: null })).status).toBe(200);
    await other.subscribe({ callbackUrl, eventTypes: ['*'], filter });
  });

  // Last, since its orders make the history long.
  it('that sends batches, others’ orders are taken', async () => {
    const running = begin({ ...TENANT_FLOODS.batches, times: 3 });
    await eventually(() => expect([...running.statuses.keys()]).toContain(429));
    for (let n = 0; n < 5; n++) expect((await other.post('/v1/orders', someOrder())).status).toBe(201);
    await running.stop();
  });
});
