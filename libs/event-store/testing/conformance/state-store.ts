import {
  type WriterClaim,
  type StateStore,
  type StoredState,
  StaleStateError,
} from '../../core/states/state-store.js';
import { newId, type TopicPartition } from '#libs/kernel';

export interface StateStoreUnderTest {
  readonly store: StateStore;
  /** As if the table of checkpoints had been emptied; rows stay, where the store can have rows without them. */
  loseCheckpoints(): Promise<void>;
}

/** Texts that mean something to somebody on the way: to SQL, to array literals, to JSON. */
const AWKWARD_TEXTS = [
  '',
  ' ',
  'a,b',
  '{}',
  '{"a","b"}',
  'quote " in it',
  "it's",
  'back\\slash',
  '\\"',
  'NULL',
  'null',
  'line\nbreak\ttab\r',
  '$1',
  '%_',
  'tenant/größe 茶 \u{1f375}',
  '\u2028',
  'x'.repeat(1_000),
];

/** The contract of every state store. Run it against each adapter. */
export function describeStateStore(name: string, open: () => Promise<StateStoreUnderTest>): void {
  describe(`state store: ${name}`, () => {
    let store: StateStore;
    let loseCheckpoints: () => Promise<void>;
    let place: TopicPartition;

    beforeAll(async () => {
      const subject = await open();
      store = subject.store;
      loseCheckpoints = () => subject.loseCheckpoints();
    });
    beforeEach(() => {
      place = { topic: `states-${newId()}`, partition: 3 };
    });

    const by = (claim: number): WriterClaim => ({ ...place, claim });
    const row = (streamId: string, value: unknown = streamId): StoredState => ({
      streamId,
      json: JSON.stringify({ value }),
    });
    const byId = (states: readonly StoredState[]) =>
      states.toSorted((a, b) => (a.streamId < b.streamId ? -1 : 1));

    async function load(...streamIds: string[]) {
      const { checkpoint, states } = await store.load(place.topic, place.partition, streamIds);
      return { checkpoint, states: byId(states) };
    }

    it('begins at 0, and knows nothing', async () => {
      expect(await load('a')).toEqual({ checkpoint: undefined, states: [] });
      expect(await store.open(by(5))).toBe(0);
      expect(await load('a')).toEqual({ checkpoint: 0, states: [] });
    });

    it('gives back what was saved, with the checkpoint that it belongs to', async () => {
      await store.open(by(5));
      await store.save(by(5), 0, 7, [row('a', 1), row('b', 1)]);
      await store.save(by(5), 7, 9, [row('b', 2), row('c', 2)]);
      expect(await load('a', 'b', 'c')).toEqual({
        checkpoint: 9,
        states: [row('a', 1), row('b', 2), row('c', 2)],
      });
      expect(await load('c', 'unknown', 'a')).toEqual({ checkpoint: 9, states: [row('a', 1), row('c', 2)] });
      expect(await load('unknown')).toEqual({ checkpoint: 9, states: [] });
      expect(await load()).toEqual({ checkpoint: 9, states: [] });
      expect(await store.open(by(6))).toBe(9);
      expect((await load('a')).states).toEqual([row('a', 1)]);
    });

    it('moves the checkpoint also where nothing has changed', async () => {
      await store.open(by(1));
      await store.save(by(1), 0, 4, []);
      expect(await store.open(by(1))).toBe(4);
    });

    it('keeps topics and partitions apart', async () => {
      const { topic, partition } = place;
      await store.open(by(1));
      await store.save(by(1), 0, 4, [row('a', 'here')]);
      for (const other of [
        { topic, partition: partition + 1 },
        { topic: `${topic}-2`, partition },
      ]) {
        expect(await store.open({ ...other, claim: 1 })).toBe(0);
        await store.save({ ...other, claim: 1 }, 0, 2, [row('a', 'there')]);
      }
      expect(await load('a')).toEqual({ checkpoint: 4, states: [row('a', 'here')] });
    });

    it.each(AWKWARD_TEXTS)('keeps every text as it is: %j', async (text) => {
      await store.open(by(1));
      const states = byId([row(text, text), row(`${text}+`, { [text]: [text, null] })]);
      await store.save(by(1), 0, 2, states);
      expect((await load(text, `${text}+`)).states).toEqual(states);
    });

    it('keeps what only JSON can write down', async () => {
      await store.open(by(1));
      const state = row('a', ['\0', '\ud83d', 1e21, -1.5, Number.MAX_SAFE_INTEGER, { z: 1, a: 2 }]);
      await store.save(by(1), 0, 1, [state]);
      expect((await load('a')).states).toEqual([state]);
    });

    it('takes thousands of rows at once', async () => {
      await store.open(by(1));
      const rows = Array.from({ length: 2_000 }, (_, index) => row(`s${index}`, 'x'.repeat(index % 500)));
      await store.save(by(1), 0, 2_000, rows);
      await store.save(by(1), 2_000, 4_000, rows);
      const loaded = await load(...rows.map(({ streamId }) => streamId));
      expect(loaded).toEqual({ checkpoint: 4_000, states: byId(rows) });
    });

    it('counts further than 2^32', async () => {
      const far = 2 ** 52;
      await store.open(by(far));
      await store.save(by(far), 0, far, [row('a')]);
      await store.save(by(far + 1), far, far + 1, [row('b')]);
      expect(await load('b')).toEqual({ checkpoint: far + 1, states: [row('b')] });
      expect(await store.open(by(far + 1))).toBe(far + 1);
    });

    const refused = (act: Promise<unknown>) => expect(act).rejects.toBeInstanceOf(StaleStateError);

    describe('is guarded', () => {
      beforeEach(async () => {
        await store.open(by(5));
        await store.save(by(5), 0, 10, [row('a', 'first')]);
      });
      const nothingHasChanged = async () =>
        expect(await load('a', 'b')).toEqual({ checkpoint: 10, states: [row('a', 'first')] });

      it.each([0, 9, 11])('by its checkpoint: nobody saves from %i', async (from) => {
        await refused(store.save(by(5), from, 20, [row('a', 'second'), row('b')]));
        await nothingHasChanged();
      });

      it('by the claim that opened it: an earlier one can neither save nor open', async () => {
        expect(await store.open(by(8))).toBe(10);
        await refused(store.save(by(5), 10, 20, [row('a', 'second'), row('b')]));
        await refused(store.open(by(7)));
        await nothingHasChanged();
        await store.save(by(8), 10, 20, [row('b')]);
        expect((await load('a', 'b')).states).toEqual([row('a', 'first'), row('b')]);
      });

      it('by the claim that saved last', async () => {
        await store.save(by(6), 10, 20, [row('b')]);
        await refused(store.save(by(5), 20, 30, [row('b', 'late')]));
        await refused(store.open(by(5)));
        expect(await load('b')).toEqual({ checkpoint: 20, states: [row('b')] });
      });

      it('and open to its own claim again', async () => {
        expect(await store.open(by(5))).toBe(10);
        await store.save(by(5), 10, 20, [row('b')]);
        expect((await load('b')).checkpoint).toBe(20);
      });
    });

    it('takes nothing before it is opened', async () => {
      await refused(store.save(by(1), 0, 1, [row('a')]));
      expect(await load('a')).toEqual({ checkpoint: undefined, states: [] });
    });

    describe('whose checkpoints are lost', () => {
      beforeEach(async () => {
        await store.open(by(5));
        await store.save(by(5), 0, 10, [row('a', 'left over')]);
        await loseCheckpoints();
      });

      it('vouches for no row', async () => {
        expect((await load('a')).checkpoint).toBeUndefined();
        await refused(store.save(by(5), 10, 11, [row('b')]));
        await refused(store.save(by(5), 0, 11, [row('b')]));
      });

      it('begins at 0 again, without the rows that nobody knows the place of', async () => {
        expect(await store.open(by(5))).toBe(0);
        expect(await load('a')).toEqual({ checkpoint: 0, states: [] });
        await store.save(by(5), 0, 3, [row('b')]);
        expect(await load('a', 'b')).toEqual({ checkpoint: 3, states: [row('b')] });
      });
    });

    describe('when several come at once', () => {
      it('lets one of many saves from the same checkpoint pass, whole', async () => {
        await store.open(by(1));
        const saves = Array.from({ length: 8 }, (_, index) =>
          store.save(by(1), 0, 100 + index, [row('a', index), row('b', index)]).then(() => index),
        );
        const passed = (await Promise.allSettled(saves)).flatMap((save) =>
          save.status === 'fulfilled' ? [save.value] : [],
        );
        expect(passed).toHaveLength(1);
        const [winner] = passed as [number];
        expect(await load('a', 'b')).toEqual({
          checkpoint: 100 + winner,
          states: [row('a', winner), row('b', winner)],
        });
      });

      it('puts a save wholly before an opening by a later claim, or refuses it', async () => {
        for (let round = 0; round < 20; round++) {
          place = { ...place, partition: round };
          await store.open(by(1));
          const [save, checkpoint] = await Promise.all([
            store.save(by(1), 0, 10, [row('a')]).catch((error: unknown) => error),
            store.open(by(2)),
          ]);
          expect([0, 10]).toContain(checkpoint);
          expect(save === undefined).toBe(checkpoint === 10);
          expect(await load('a')).toEqual({ checkpoint, states: checkpoint === 10 ? [row('a')] : [] });
        }
      });

      it('leaves the rows to the latest of many claims', async () => {
        const claims = [3, 9, 1, 7, 5, 9];
        await Promise.allSettled(claims.map((claim) => store.open(by(claim))));
        await refused(store.save(by(7), 0, 1, [row('a')]));
        await store.save(by(9), 0, 1, [row('a')]);
      });
    });
  });
}
