import type { EventBatch, Position, SizedEvent } from '#libs/kernel';
import { EventQueue, PartitionTail, type TailLimits } from '#libs/webhook-delivery/core';

/** The tail of a partition, by tenant too, so that a reader looks at no event of others, however many these are. */
export class RecentEvents {
  readonly #tail: PartitionTail;
  readonly #ofTenants = new Map<string, EventQueue>();

  constructor(start: Position, limits: TailLimits) {
    this.#tail = new PartitionTail(start, limits, (event) => this.#dropped(event));
  }

  get start(): number {
    return this.#tail.start;
  }

  get next(): number {
    return this.#tail.next;
  }

  /** The piece of the log that begins at `next`. */
  append(batch: EventBatch<SizedEvent>): void {
    for (const event of batch.events) {
      const { tenant } = event.metadata;
      const own = this.#ofTenants.get(tenant) ?? new EventQueue();
      this.#ofTenants.set(tenant, own);
      own.push(event);
    }
    this.#tail.append(batch);
  }

  /** At most so many of a tenant's events, from an offset on that lies between `start` and `next`. */
  read(tenant: string, offset: number, limit: number): EventBatch<SizedEvent> {
    const { events, isAll } = this.#ofTenants.get(tenant)?.from(offset, limit) ?? { events: [], isAll: true };
    return this.#tail.batchOf(events, offset, isAll);
  }

  /** The oldest of all is the oldest of its tenant. */
  #dropped({ metadata: { tenant } }: SizedEvent): void {
    const own = this.#ofTenants.get(tenant);
    own?.shift();
    if (own?.length === 0) this.#ofTenants.delete(tenant);
  }
}
