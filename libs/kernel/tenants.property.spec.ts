import fc from 'fast-check';
import { itForAll } from './testing/for-all.js';
import { tagged } from './testing/tagged.js';
import { FairQueue, TenantShareError, TenantShares, TenantTurns } from './tenants.js';

const TENANTS = ['acme', 'greedy', 'tea', 'zenith'];
const WAITING = 4;
const tenant = fc.constantFrom(...TENANTS);
const happened = () => new Promise((resolve) => setImmediate(resolve));

const move = tagged('kind', {
  ask: [5, { tenant }],
  release: [3, { index: fc.nat() }],
  abandon: [1, { index: fc.nat() }],
});

interface Asker {
  readonly tenant: string;
  readonly abort: AbortController;
  /** Grants to others since it was the first of its tenant and its tenant held nothing. */
  passedOver: number;
  release?: () => void;
  isOver: boolean;
}

describe('the turns of tenants', () => {
  itForAll(
    'respect the limits, starve nobody, and free every slot',
    [fc.integer({ min: 1, max: 6 }), fc.array(move, { maxLength: 60, size: 'max' })],
    { numRuns: 200 },
    async (places, moves) => {
      const turns = new TenantTurns({ places, waitingPerTenant: WAITING });
      const askers: Asker[] = [];
      const holders = () => askers.filter(({ release, isOver }) => release && !isOver);
      const waiting = () => askers.filter(({ release, isOver }) => !release && !isOver);
      const heldBy = (name: string) => holders().filter((each) => each.tenant === name).length;
      const firstOf = (name: string) => waiting().find((each) => each.tenant === name);

      const granted = (asker: Asker, release: () => void): void => {
        for (const name of TENANTS) {
          const first = firstOf(name);
          if (name !== asker.tenant && first && heldBy(name) === 0) first.passedOver++;
        }
        asker.release = release;
        // Each of the tenants that wait has its turn once, at most, before one that holds nothing.
        expect(asker.passedOver).toBeLessThan(TENANTS.length);
      };

      for (const next of moves) {
        if (next.kind === 'ask') {
          const own = waiting().filter((each) => each.tenant === next.tenant).length;
          const asker: Asker = {
            tenant: next.tenant,
            abort: new AbortController(),
            passedOver: 0,
            isOver: false,
          };
          askers.push(asker);
          turns.acquire(next.tenant, asker.abort.signal).then(
            (release) => granted(asker, release),
            (error: unknown) => {
              asker.isOver = true;
              if (error instanceof TenantShareError) expect(own).toBe(WAITING);
            },
          );
        } else if (next.kind === 'release') {
          const all = holders();
          const holder = all[next.index % Math.max(1, all.length)];
          holder?.release?.();
          holder?.release?.();
          if (holder) holder.isOver = true;
        } else {
          const all = waiting();
          all[next.index % Math.max(1, all.length)]?.abort.abort();
        }
        await happened();
        expect(turns.used).toBe(holders().length);
        expect(turns.used).toBeLessThanOrEqual(places);
        expect(turns.waiting).toBe(waiting().length);
        for (const name of TENANTS) {
          expect(heldBy(name)).toBeLessThanOrEqual(Math.ceil(places / 2));
          // A tenant that waits while there is room holds a share already.
          if (firstOf(name) && heldBy(name) === 0) expect(turns.used).toBe(places);
        }
      }
      while (holders().length > 0 || waiting().length > 0) {
        for (const holder of holders()) {
          holder.release?.();
          holder.isOver = true;
        }
        await happened();
      }
      expect([turns.used, turns.waiting]).toEqual([0, 0]);
    },
  );
});

describe('the shares of tenants', () => {
  itForAll(
    'leave room for one more tenant, whatever others take',
    [fc.integer({ min: 2, max: 1_000 }), fc.integer({ min: 1, max: 20 })],
    (total, greedy) => {
      fc.pre(greedy < total);
      const shares = new TenantShares(total);
      for (let isTaken = true; isTaken; ) {
        isTaken = false;
        for (let n = 0; n < greedy; n++) {
          if (!shares.hasRoom(`greedy-${n}`)) continue;
          shares.acquire(`greedy-${n}`);
          isTaken = true;
        }
      }
      expect(shares.used).toBeLessThan(total);
      expect(shares.hasRoom('acme')).toBe(true);
      expect(shares.refusal('greedy-0').refusal).toBe('tenant');
    },
  );

  it('say who is to blame, and support a limit per tenant', () => {
    const shares = new TenantShares(4, () => 1);
    shares.acquire('acme');
    expect(() => shares.acquire('acme')).toThrow(TenantShareError);
    expect(shares.refusal('acme').refusal).toBe('tenant');
    for (const name of ['b', 'c', 'd']) shares.take(name, 1);
    expect(shares.refusal('e').refusal).toBe('all');
  });
});

describe('a fair queue', () => {
  const item = fc.record({ tenant, number: fc.nat() });
  const step = tagged('kind', {
    push: [1, { items: fc.array(item, { maxLength: 8 }) }],
    take: [1, { count: fc.nat({ max: 6 }), kept: fc.nat({ max: 6 }) }],
  });

  itForAll(
    "keeps each tenant's order, loses nothing, and makes nobody wait for more than one item of each",
    [fc.array(step, { maxLength: 20 })],
    (steps) => {
      type Item = { tenant: string; number: number };
      const queue = new FairQueue<Item>((each) => each.tenant);
      const pushed: Item[] = [];
      const taken: Item[] = [];
      for (const next of steps) {
        if (next.kind === 'push') {
          for (const each of next.items) queue.push(each);
          pushed.push(...next.items);
          continue;
        }
        const waiting = new Set([...queue].map((each) => each.tenant));
        const found = queue.takeUpTo(next.count);
        if (next.count >= waiting.size)
          expect(new Set(found.slice(0, waiting.size).map((each) => each.tenant))).toEqual(waiting);
        // Some are put back, as a writer does with what did not fit.
        taken.push(...found.slice(0, next.kept));
        queue.putBack(found.slice(next.kept));
      }
      taken.push(...queue.takeUpTo(Infinity));
      expect(queue.size).toBe(0);
      for (const name of TENANTS) {
        const own = (all: readonly Item[]) => all.filter((each) => each.tenant === name);
        expect(own(taken)).toEqual(own(pushed));
      }
    },
  );

  it('continues with the tenant whose turn it was', () => {
    const queue = new FairQueue<string>((each) => each[0] ?? '');
    for (const each of ['a1', 'a2', 'b1', 'c1']) queue.push(each);
    const [first, ...others] = queue.takeUpTo(4);
    expect(first).toBe('a1');
    queue.putBack(others);
    expect(queue.takeUpTo(4)).toEqual(['b1', 'c1', 'a2']);
  });
});
