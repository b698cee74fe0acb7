/** A queue that serves tenants round robin, and each tenant's items in order of arrival. */
export class FairQueue<Item> {
  /** Non-empty queues; the tenant to serve next comes first. */
  #queues = new Map<string, Item[]>();
  #size = 0;

  constructor(private readonly tenantOf: (item: Item) => string) {}

  get size(): number {
    return this.#size;
  }

  sizeOf(tenant: string): number {
    return this.#queues.get(tenant)?.length ?? 0;
  }

  push(item: Item): void {
    const tenant = this.tenantOf(item);
    const queue = this.#queues.get(tenant);
    if (queue) queue.push(item);
    else this.#queues.set(tenant, [item]);
    this.#size++;
  }

  /** Takes the next item of a ready tenant. Tenants that are not ready keep their turn. */
  take(isReady: (tenant: string) => boolean = () => true): Item | undefined {
    for (const [tenant, queue] of this.#queues) {
      if (!isReady(tenant)) continue;
      const item = queue.shift();
      this.#queues.delete(tenant);
      if (queue.length > 0) this.#queues.set(tenant, queue);
      this.#size--;
      return item;
    }
    return undefined;
  }

  takeUpTo(count: number): Item[] {
    const taken: Item[] = [];
    if (this.#queues.size === 1) {
      for (const [tenant, queue] of this.#queues) {
        taken.push(...queue.splice(0, count));
        if (queue.length === 0) this.#queues.delete(tenant);
      }
      this.#size -= taken.length;
      return taken;
    }
    while (taken.length < count) {
      const item = this.take();
      if (item === undefined) break;
      taken.push(item);
    }
    return taken;
  }

  /** Returns the items taken last to the front, in this order. */
  putBack(items: readonly Item[]): void {
    const before = this.#queues;
    this.#queues = new Map();
    this.#size = 0;
    for (const item of items) this.push(item);
    for (const [tenant, queue] of before) {
      const own = this.#queues.get(tenant);
      if (own) own.push(...queue);
      else this.#queues.set(tenant, queue);
      this.#size += queue.length;
    }
  }

  /** Drops every item that does not match. */
  keep(isKept: (item: Item) => boolean): void {
    for (const [tenant, queue] of this.#queues) {
      const kept = queue.filter(isKept);
      this.#size -= queue.length - kept.length;
      if (kept.length > 0) this.#queues.set(tenant, kept);
      else this.#queues.delete(tenant);
    }
  }

  *[Symbol.iterator](): Generator<Item> {
    for (const queue of this.#queues.values()) yield* queue;
  }
}
