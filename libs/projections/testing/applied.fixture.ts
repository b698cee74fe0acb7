import type { LoggedEvent } from '#libs/contracts';
import type { RecordedEvent } from '#libs/kernel';
import type { BuildPartition } from '../core/runtime/projection-store.js';
import type { Projection } from '../core/runtime/projection.js';
import type { PooledPrisma } from '#libs/postgres';
import type { PostgresTransaction } from '../postgres/postgres-transaction.js';
import { PostgresProjectionBuilds } from '../postgres/projection-builds.js';
import { PostgresProjectionStore } from '../postgres/projection.store.js';

/** A read model's first build in partition 0, still empty. */
export async function emptyReadModel(prisma: PooledPrisma, readModel: Projection<PostgresTransaction>) {
  const store = new PostgresProjectionStore(prisma);
  const { build } = await new PostgresProjectionBuilds(prisma).live(readModel);
  const at: BuildPartition = {
    projection: readModel.name,
    build,
    topic: readModel.topics[0] ?? '',
    partition: 0,
  };
  await store.loadCheckpoint(at);
  return {
    at,
    store,
    checkpoint: async () => (await store.loadCheckpoint(at)).nextOffset,
    /** For events whose bytes do not matter. */
    apply: (events: readonly RecordedEvent[], from: number, to = from + events.length) =>
      store.advance([{ ...at, from, to }], (transaction) =>
        readModel.write(
          transaction,
          events.map((event): LoggedEvent => ({ ...event, value: Buffer.alloc(0) })),
          { hasGaps: false },
        ),
      ),
  };
}
