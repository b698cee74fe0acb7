import { describeStateStore } from '../testing/conformance/state-store.js';
import { useDatabase } from '#libs/testing';
import { StreamStateRepository } from './stream-state.repository.js';

const { prisma } = await useDatabase();
const store = new StreamStateRepository(prisma as never);

describeStateStore('in Postgres', async () => ({
  store,
  loseCheckpoints: async () => void (await prisma.$executeRaw`truncate stream_state_checkpoint`),
}));

describe('stream states in Postgres', () => {
  const row = { streamId: 's', json: '{}' };

  it('lose stray rows when a partition without a checkpoint is opened, and only there', async () => {
    const lost = { topic: 'left-over', partition: 0, claim: 1 };
    const kept = { ...lost, partition: 1 };
    for (const claim of [lost, kept]) {
      await store.open(claim);
      await store.save(claim, 0, 1, [row]);
    }
    await prisma.$executeRaw`delete from stream_state_checkpoint where topic = 'left-over' and partition = 0`;
    expect(await store.open(lost)).toBe(0);
    expect(await store.open(kept)).toBe(1);
    const left = await prisma.streamState.findMany({ where: { topic: 'left-over', streamId: 's' } });
    expect(left.map(({ partition }) => partition)).toEqual([1]);
  });

  it('start over if their rows are lost but their checkpoint is not', async () => {
    const claim = { topic: 'emptied', partition: 0, claim: 1 };
    await store.open(claim);
    await store.save(claim, 0, 7, [row]);
    await prisma.$executeRaw`truncate stream_state`;
    expect(await store.load('emptied', 0, ['s'])).toEqual({ checkpoint: undefined, states: [] });
    expect(await store.open(claim)).toBe(0);
  });

  it('start over if an older version left them, which kept less', async () => {
    const claim = { topic: 'older', partition: 0, claim: 1 };
    await store.open(claim);
    await store.save(claim, 0, 7, [row]);
    await prisma.$executeRaw`update stream_state set state = '{}' where topic = 'older' and stream_id = ''`;
    expect(await store.open(claim)).toBe(0);
    expect(await store.load('older', 0, ['s'])).toEqual({ checkpoint: 0, states: [] });
    await store.save(claim, 0, 7, [row]);
    expect(await store.open(claim)).toBe(7);
  });

  it('are shared by two connections that save and open at once, without a deadlock', async () => {
    const rows = Array.from({ length: 200 }, (_, index) => ({ streamId: `s${index}`, json: '{}' }));
    const claimOf = (claim: number) => ({ topic: 'contended', partition: 0, claim });
    let checkpoint = await store.open(claimOf(0));
    for (let claim = 1; claim <= 20; claim++) {
      const outcomes = await Promise.allSettled([
        store.save(claimOf(claim - 1), checkpoint, checkpoint + 1, rows.toReversed()),
        store.open(claimOf(claim)),
        store.save(claimOf(claim - 1), checkpoint, checkpoint + 1, rows),
      ]);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ name: 'StaleStateError' });
      }
      checkpoint = await store.open(claimOf(claim));
    }
  });
});
