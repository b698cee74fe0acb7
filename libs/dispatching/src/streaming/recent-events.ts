import { EventQueue } from './event-queue.js';
import type { LogPiece, SizedEvent } from './ports.js';

export interface RecentLimits {
  readonly events: number;
  readonly bytes: number;
}

/**
 * The newest events of a partition: all of the log from `start` up to `next`, within bounds. Kept by tenant too, so that
 * a reader looks at no event of others, however many these are.
 */
export class RecentEvents {
  readonly #all = new EventQueue();
  readonly #ofTenants = new Map<string, EventQueue>();
  #bytes = 0;
  #start: number;
  #next: number;

  constructor(
    offset: number,
    private readonly limits: RecentLimits,
  ) {
    this.#start = offset;
    this.#next = offset;
  }

  get start(): number {
    return this.#start;
  }

  get next(): number {
    return this.#next;
  }

  /** The piece of the log that begins at `next`. */
  append({ events, next }: LogPiece): void {
    for (const event of events) this.#add(event);
    this.#next = next;
    while (this.#all.length > this.limits.events || this.#bytes > this.limits.bytes) this.#dropFirst();
  }

  /** At most so many of a tenant's events, from an offset on that lies between `start` and `next`. */
  read(tenant: string, offset: number, limit: number): LogPiece {
    const { events, isAll } = this.#ofTenants.get(tenant)?.from(offset, limit) ?? { events: [], isAll: true };
    const last = events.at(-1);
    return { events, next: isAll || !last ? this.#next : last.position.offset + 1 };
  }

  #add(event: SizedEvent): void {
    const { tenant } = event.metadata;
    const own = this.#ofTenants.get(tenant) ?? new EventQueue();
    this.#ofTenants.set(tenant, own);
    own.push(event);
    this.#all.push(event);
    this.#bytes += event.bytes;
  }

  #dropFirst(): void {
    const dropped = this.#all.shift();
    if (!dropped) return;
    const { tenant } = dropped.metadata;
    const own = this.#ofTenants.get(tenant);
    own?.shift();
    if (own?.length === 0) this.#ofTenants.delete(tenant);
    this.#bytes -= dropped.bytes;
    this.#start = dropped.position.offset + 1;
  }
}
