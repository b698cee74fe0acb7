import { useDatabase } from '#libs/testing';
import { describeProjectionStore } from '../testing/conformance/projection-store.js';
import { lockBuildsShared } from './build-schema.js';
import { inTransaction, type PostgresTransaction } from './postgres-transaction.js';
import { PostgresProjectionBuilds } from './projection-builds.js';
import { PostgresProjectionStore, TransactionProjectionStore } from './projection.store.js';

const { prisma } = await useDatabase();
await prisma.$executeRaw`create table note (text text)`;
const store = new PostgresProjectionStore(prisma);

async function open() {
  await prisma.$executeRaw`truncate note, projection, projection_checkpoint`;
  const { build } = await new PostgresProjectionBuilds(prisma).live({ name: 'orders', version: 1 });
  return {
    store,
    build: { projection: 'orders', build },
    note: async (transaction: PostgresTransaction, row: string) =>
      void (await transaction.query('insert into note values ($1)', [row])),
    notes: async () =>
      (await prisma.$queryRaw<{ text: string }[]>`select text from note order by text`).map(
        ({ text }) => text,
      ),
  };
}

describeProjectionStore('in Postgres', open);

describeProjectionStore('in a transaction of the caller', async () => ({
  ...(await open()),
  store: {
    loadCheckpoint: (at) => store.loadCheckpoint(at),
    stop: (at, from, fault) => store.stop(at, from, fault),
    isOutage: (error) => store.isOutage(error),
    advance: (moves, write) =>
      inTransaction(prisma.pool, lockBuildsShared('orders'), (transaction) =>
        new TransactionProjectionStore(transaction).advance(moves, write),
      ),
  },
}));
