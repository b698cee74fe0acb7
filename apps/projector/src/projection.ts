import type { RecordedEvent } from '#libs/kernel';
import type { Prisma } from '#libs/persistence';

/** A read model: what it is built from, and how. */
export interface Projection {
  /** Under which it keeps its checkpoints. */
  readonly name: string;
  readonly topic: string;
  /** Writes the rows that follow from events of one partition which it has not seen yet, of which there is at least one. */
  readonly write: (transaction: Prisma.TransactionClient, events: readonly RecordedEvent[]) => Promise<void>;
}
