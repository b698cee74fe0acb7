import { newId } from '#libs/kernel';
import type { PostgresTransaction } from '#libs/projections/postgres';
import type { PartitionChanges } from '../core/ports.js';
import { cursorAt, laneOf, parkedAt } from '../testing/conformance/store-under-test.js';
import { WebhookStore } from '../testing/webhook-store.fixture.js';
import { saveLanes } from './lane-save.js';

let store: WebhookStore;
beforeAll(async () => {
  store = await WebhookStore.open();
});
afterAll(() => store?.close());

interface Plan extends Readonly<Record<string, unknown>> {
  readonly Plans?: readonly Plan[];
}

const BY_LANE = 'webhook_parked_delivery_by_lane';

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** The plans by which lanes are saved. The save itself is undone. */
async function plansOf(changes: Partial<PartitionChanges>): Promise<Plan[]> {
  const client = await store.prisma.pool.connect();
  const plans: Plan[] = [];
  const query = async (text: string, values: unknown[]) => {
    const explained = `explain (analyze, buffers, format json) ${text}`;
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(explained, values);
    plans.push(...rows.map((row) => row['QUERY PLAN'][0].Plan));
    return { rows: [] };
  };
  try {
    await client.query('begin');
    const nothing = { parked: [], lanes: [], delivered: [], detached: [], cursors: new Map() };
    const given = { number: 1, scannedOffset: 0, pinned: [], ...nothing, ...changes };
    await saveLanes(
      { query } as unknown as PostgresTransaction,
      { topic: 'orders', partition: 0, owner: '' },
      given,
    );
    await client.query('rollback');
  } finally {
    client.release();
  }
  return plans;
}

describe('a save of a few lanes', () => {
  it('reads only these, however many are blocked and however many deliveries one of them has', async () => {
    const [feed, other] = [newId(), newId()];
    const partition = await store.partition();
    const long = Array.from({ length: 10_000 }, (_, nth) => parkedAt(feed, '', 20_000 + nth));
    const short = Array.from({ length: 10_000 }, (_, nth) => parkedAt(other, `l${nth}`, 20_000 + nth));
    await partition.save({
      parked: [...long, ...short],
      lanes: [laneOf(feed, '', 20_000), ...short.map(({ lane, offset }) => laneOf(other, lane, offset))],
      cursors: { [feed]: cursorAt(10), [other]: cursorAt(10) },
    });
    const changes = {
      parked: [
        parkedAt(feed, '', 90_000),
        parkedAt(feed, 'new', 90_001),
        parkedAt(other, 'l9999', 90_002),
        parkedAt(other, 'l7000', 11),
      ],
      lanes: [
        laneOf(feed, '', 20_000, { attempts: 2 }),
        laneOf(other, 'l7000', 27_000),
        laneOf(feed, 'new', 90_001),
      ],
    };
    for (const isAnalysed of [false, true]) {
      if (isAnalysed)
        await store.prisma.$executeRaw`analyze webhook_lane, webhook_parked_delivery, webhook_cursor`;
      const nodes = (await plansOf(changes)).flatMap(nodesOf);
      const readsOf = (table: string) =>
        nodes.filter((node) => node['Relation Name'] === table && String(node['Node Type']).includes('Scan'));
      for (const read of [...readsOf('webhook_lane'), ...readsOf('webhook_parked_delivery')])
        expect(read).toMatchObject({ 'Node Type': expect.stringMatching(/^Index/) });
      expect(readsOf('webhook_parked_delivery').map((read) => read['Index Name'])).toEqual([
        BY_LANE,
        BY_LANE,
      ]);
      const blocks = nodes.map(
        (node) => Number(node['Shared Hit Blocks']) + Number(node['Shared Read Blocks']),
      );
      expect(Math.max(...blocks)).toBeLessThan(150);
    }
  });
});
