import {
  type BuildPartition,
  type CheckpointMove,
  type ProjectionStore,
  StaleCheckpointError,
} from '../../core/runtime/projection-store.js';

export interface ProjectionStoreUnderTest<Transaction> {
  readonly store: ProjectionStore<Transaction>;
  /** The live build of a projection. */
  readonly build: Pick<BuildPartition, 'projection' | 'build'>;
  readonly note: (transaction: Transaction, row: string) => Promise<void>;
  /** Every row that was noted, in order of text. */
  readonly notes: () => Promise<readonly string[]>;
}

/** The contract of every projection store. Run it against each adapter. */
export function describeProjectionStore<Transaction>(
  name: string,
  open: () => Promise<ProjectionStoreUnderTest<Transaction>>,
): void {
  describe(`projection store: ${name}`, () => {
    let test: ProjectionStoreUnderTest<Transaction>;
    let places: readonly BuildPartition[];

    beforeEach(async () => {
      test = await open();
      const partitions = [0, 1, 2].flatMap((partition) =>
        ['orders', 'carts'].map((topic) => ({ ...test.build, topic, partition })),
      );
      for (const place of partitions) await test.store.loadCheckpoint(place);
      places = partitions;
    });

    const move = (index: number, from: number, to: number): CheckpointMove => ({
      ...places[index]!,
      from,
      to,
    });
    const advance = (row: string, ...moves: readonly CheckpointMove[]) =>
      test.store.advance(moves, (transaction) => test.note(transaction, row));
    const checkpoints = async () =>
      Promise.all(places.map(async (place) => (await test.store.loadCheckpoint(place)).nextOffset));

    it('moves one checkpoint, together with rows', async () => {
      await advance('a', move(1, 0, 5));
      await advance('b', move(1, 5, 6));
      expect([await checkpoints(), await test.notes()]).toEqual([
        [0, 6, 0, 0, 0, 0],
        ['a', 'b'],
      ]);
    });

    it('moves the checkpoints of several partitions and topics, each by its own offsets', async () => {
      await advance('a', move(0, 0, 5), move(1, 0, 7), move(4, 0, 2 ** 40));
      await advance('b', move(4, 2 ** 40, 2 ** 40 + 1), move(1, 7, 8), move(5, 0, 1));
      expect([await checkpoints(), await test.notes()]).toEqual([
        [5, 8, 0, 0, 2 ** 40 + 1, 1],
        ['a', 'b'],
      ]);
    });

    it.each([0, 1, 2])('moves nothing and writes nothing when place %d of three is stale', async (stale) => {
      await advance('a', move(0, 0, 5), move(1, 0, 7), move(2, 0, 9));
      const froms = [5, 7, 9].map((from, index) => (index === stale ? 8 : from));
      const moves = froms.map((from, index) => move(index, from, from + 10));
      await expect(advance('b', ...moves)).rejects.toBeInstanceOf(StaleCheckpointError);
      expect([await checkpoints(), await test.notes()]).toEqual([[5, 7, 9, 0, 0, 0], ['a']]);
    });

    it('does not take the offset of one partition for that of another', async () => {
      await advance('a', move(0, 0, 5), move(1, 0, 7));
      const swapped = advance('b', move(0, 7, 10), move(1, 5, 10));
      await expect(swapped).rejects.toBeInstanceOf(StaleCheckpointError);
      expect((await checkpoints()).slice(0, 2)).toEqual([5, 7]);
    });

    it('moves nothing for a build that does not exist, or of which a partition is unknown', async () => {
      const gone = advance('a', { ...move(0, 0, 5), build: 99 });
      await expect(gone).rejects.toBeInstanceOf(StaleCheckpointError);
      const unknown = advance('a', move(0, 0, 5), { ...move(0, 1, 5), partition: 77 });
      await expect(unknown).rejects.toBeInstanceOf(StaleCheckpointError);
      expect([await checkpoints(), await test.notes()]).toEqual([[0, 0, 0, 0, 0, 0], []]);
    });

    it('moves nothing when the writing fails', async () => {
      const failure = test.store.advance([move(0, 0, 5), move(1, 0, 5)], async (transaction) => {
        await test.note(transaction, 'a');
        throw new Error('on purpose');
      });
      await expect(failure).rejects.toThrow('on purpose');
      expect([await checkpoints(), await test.notes()]).toEqual([[0, 0, 0, 0, 0, 0], []]);
    });

    it('lets one of two rivals win that share a partition, whichever it is', async () => {
      const outcomes = await Promise.allSettled([
        advance('a', move(0, 0, 5), move(1, 0, 5)),
        advance('b', move(2, 0, 5), move(1, 0, 5)),
      ]);
      const [won] = outcomes.flatMap(({ status }, index) => (status === 'fulfilled' ? ['ab'[index]] : []));
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(await test.notes()).toEqual([won]);
      expect((await checkpoints()).slice(0, 3)).toEqual(won === 'a' ? [5, 5, 0] : [0, 5, 5]);
    });

    it('stops where it stands, and forgets that with the next move', async () => {
      const fault = { offset: 6, reason: 'on purpose' };
      await advance('a', move(0, 0, 5));
      await expect(test.store.stop(places[0]!, 4, fault)).rejects.toBeInstanceOf(StaleCheckpointError);
      await test.store.stop(places[0]!, 5, fault);
      expect(await test.store.loadCheckpoint(places[0]!)).toMatchObject({ nextOffset: 5, fault });
      await advance('b', move(1, 0, 1), move(0, 5, 7));
      expect(await test.store.loadCheckpoint(places[0]!)).toMatchObject({ nextOffset: 7, fault: undefined });
    });
  });
}
