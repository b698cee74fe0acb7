import fc from 'fast-check';
import type { Feed } from '../core/ports.js';
import { someFeed } from '../testing/feed.fixture.js';
import { KnownFeeds } from './feed-poll.js';

const PARTS = 3;

/** A source's entry for an active feed: its revision, and whether it can be opened. */
interface Row {
  readonly revision: number;
  readonly isSealed: boolean;
}

class Source {
  readonly rows = new Map<number, Row>();
  #parts: readonly ReadonlyMap<string, number>[] = [];
  #revision = 0;
  isAway = false;

  /** That one can be opened after all changes nothing of it. */
  change(id: number, to: string): void {
    const row = this.rows.get(id);
    if (to === 'gone') this.rows.delete(id);
    else if (to !== 'unsealed') this.rows.set(id, { revision: ++this.#revision, isSealed: to === 'sealed' });
    else if (row) this.rows.set(id, { ...row, isSealed: false });
  }

  activeRevisions = async () => {
    const parts = Array.from({ length: PARTS }, () => new Map<string, number>());
    for (const [id, { revision }] of this.rows) parts[id % PARTS]!.set(String(id), revision);
    const isKnown = (part: ReadonlyMap<string, number>, index: number) =>
      JSON.stringify([...part].toSorted()) === JSON.stringify([...(this.#parts[index] ?? [])].toSorted());
    this.#parts = parts.map((part, index) => (isKnown(part, index) ? (this.#parts[index] ?? part) : part));
    return this.#parts;
  };

  findActive = async (ids: readonly string[]): Promise<Feed[]> => {
    if (this.isAway) throw new Error('away');
    return ids.flatMap((feedId) => {
      const row = this.rows.get(Number(feedId));
      return row && !row.isSealed ? [someFeed({ feedId, revision: row.revision })] : [];
    });
  };
}

const change = fc.record({
  id: fc.nat({ max: 5 }),
  to: fc.constantFrom('open', 'sealed', 'unsealed', 'gone'),
});
const round = fc.record({ changes: fc.array(change, { maxLength: 4 }), isAway: fc.boolean() });

describe('known feeds', () => {
  it('tell all changes of what is to be served, whenever the source can be read', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(round), async (rounds) => {
        const source = new Source();
        const known = new KnownFeeds(source);
        const served = new Map<string, number>();
        for (const { changes, isAway } of [...rounds, { changes: [], isAway: false }]) {
          for (const { id, to } of changes) source.change(id, to);
          source.isAway = isAway;
          const news = await known.look().catch(() => undefined);
          for (const [id, feed] of news ?? []) {
            if (feed) served.set(id, feed.revision);
            else served.delete(id);
          }
        }
        const wanted = [...source.rows].filter(([, { isSealed }]) => !isSealed);
        expect(served).toEqual(new Map(wanted.map(([id, { revision }]) => [String(id), revision])));
      }),
    );
  });
});
