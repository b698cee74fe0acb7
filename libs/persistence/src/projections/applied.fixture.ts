import type { LoggedEvent } from '#libs/contracts';
import type { RecordedEvent } from '#libs/kernel';
import type { BuildPartition, Projection } from '#libs/projections';
import type { PooledPrisma } from '../database/prisma.service.js';
import type { PostgresTransaction } from './postgres-transaction.js';
import { ProjectionBuilds } from './projection-builds.js';
import { ProjectionStore } from './projection.store.js';

/** A read model's first build in partition 0, with nothing in it yet. */
export async function emptyReadModel(prisma: PooledPrisma, readModel: Projection<PostgresTransaction>) {
  const store = new ProjectionStore(prisma);
  const { build } = await new ProjectionBuilds(prisma).live(readModel);
  const at: BuildPartition = {
    projection: readModel.name,
    build,
    topic: readModel.topics[0] ?? '',
    partition: 0,
  };
  await store.standing(at);
  return {
    at,
    store,
    checkpoint: async () => (await store.standing(at)).nextOffset,
    /** Events whose bytes do not matter. */
    apply: (events: readonly RecordedEvent[], from: number, to = from + events.length) =>
      store.advance(at, from, to, (transaction) =>
        readModel.write(
          transaction,
          events.map((event): LoggedEvent => ({ ...event, value: Buffer.alloc(0) })),
          { hasGaps: false },
        ),
      ),
  };
}
