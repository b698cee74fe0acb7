import { newId } from '#libs/kernel';
import { tallyRange } from '../core/tallies/tally-periods.js';
import { die, WebhookStore } from '../testing/webhook-store.fixture.js';
import { type WatchedFilter, type WatchedPageEnd, WatchedSubscriptions } from './watched-subscriptions.js';

const RANGE = tallyRange('1h', Date.now());
const state = { callbackUrl: 'https://example.com/hook', eventTypes: ['order.*'], start: {} };

describe('the subscriptions of all tenants', () => {
  let store: WebhookStore;
  let watched: WatchedSubscriptions;
  const names = new Map<string, string>();

  beforeAll(async () => {
    store = await WebhookStore.open();
    watched = new WatchedSubscriptions(store.prisma);
    const partition = await store.partition(0);
    for (const [name, tenant, status] of [
      ['failing a', 'acme', 'active'],
      ['idle a', 'acme', 'active'],
      ['healthy a', 'acme', 'active'],
      ['failing b', 'other', 'disabled'],
      ['healthy b', 'other', 'active'],
      ['idle b', 'other', 'paused'],
    ] as const) {
      const id = await store.subscribe({ tenant, status, state });
      names.set(id, name);
      if (name.startsWith('failing'))
        for (const lane of ['x', 'y']) await die(partition, id, lane, [names.size * 10 + lane.charCodeAt(0)]);
      if (name.startsWith('healthy'))
        await store.prisma.$executeRaw`insert into webhook_tally values
          (${id}::uuid, 1, now(), 200, 1, '{1}')`;
    }
    // Gone, but for a lane that is about to be deleted.
    await die(partition, newId(), 'z', [99]);
  });
  afterAll(async () => store?.close());

  async function all(filter: WatchedFilter, limit: number): Promise<string[]> {
    const seen: string[] = [];
    for (let after: WatchedPageEnd | undefined, pages = 0; ; pages++) {
      expect(pages).toBeLessThan(20);
      const { items, end } = await watched.findPage(filter, RANGE, limit, after);
      expect(items.length).toBeLessThanOrEqual(limit);
      for (const { subscriptionId, isFailing } of items) {
        const name = names.get(subscriptionId)!;
        expect(isFailing).toBe(name.startsWith('failing'));
        seen.push(name);
      }
      if (!end) return seen;
      after = end;
    }
  }

  it.each([1, 2, 3, 100])('come failing ones first, then newest first, %d a page', async (limit) => {
    expect(await all({}, limit)).toEqual([
      'failing b',
      'failing a',
      'idle b',
      'healthy b',
      'healthy a',
      'idle a',
    ]);
    expect(await all({ tenant: 'acme' }, limit)).toEqual(['failing a', 'healthy a', 'idle a']);
    expect(await all({ status: 'active' }, limit)).toEqual(['failing a', 'healthy b', 'healthy a', 'idle a']);
    expect(await all({ health: 'failing' }, limit)).toEqual(['failing b', 'failing a']);
    expect(await all({ health: 'healthy' }, limit)).toEqual(['healthy b', 'healthy a']);
    expect(await all({ health: 'idle', tenant: 'other' }, limit)).toEqual(['idle b']);
    expect(await all({ tenant: 'nobody' }, limit)).toEqual([]);
  });

  it('have what a list shows', async () => {
    const [first] = (await watched.findPage({ health: 'failing' }, RANGE, 1, undefined)).items;
    expect(first).toMatchObject({ tenant: 'other', status: 'disabled', ...state });
  });
});
