import type { CounterEngine } from './engine.fixture.js';

/**
 * Distributes partitions among engines like a consumer group. A suspended engine does not learn that it lost a partition, nor
 * that it got one back before it noticed the loss.
 */
export class FakeConsumerGroup {
  readonly #owners: number[] = [];
  /** The partitions that each engine believes it owns. */
  readonly #told: Set<number>[];
  #waiting: { readonly partition: number; readonly engine: number; readonly confirm: () => void }[] = [];

  constructor(readonly engines: CounterEngine[]) {
    this.#told = engines.map(() => new Set());
  }

  /** Moves the partition from its owner, which does not notice if it is asleep. */
  give(partition: number, to: number, { asleep = false } = {}): void {
    const from = this.#owners[partition];
    this.#owners[partition] = to;
    if (from !== undefined && from !== to && !asleep) this.#tell(from);
    this.#tell(to);
    this.#confirm();
  }

  /** Tells every engine its current partitions. */
  wakeAll(): void {
    this.engines.forEach((_, engine) => this.#tell(engine));
  }

  /** Stops an engine gracefully; a new one takes over its place and partitions. */
  async restart(engine: number, next: () => Promise<CounterEngine>): Promise<void> {
    const [leaving, partitions] = [this.engines[engine], this.#partitionsOf(engine)];
    this.#told[engine] = new Set();
    await leaving?.release();
    this.#waiting = this.#waiting.filter((waiting) => waiting.engine !== engine);
    this.engines[engine] = await next();
    for (const partition of partitions) if (this.#owners[partition] === engine) this.give(partition, engine);
  }

  #partitionsOf(engine: number): number[] {
    return this.#owners.flatMap((holder, partition) => (holder === engine ? [partition] : []));
  }

  #tell(engine: number): void {
    const told = this.#told[engine] ?? new Set();
    const owned = new Set(this.#partitionsOf(engine));
    for (const partition of told) if (!owned.has(partition)) void this.engines[engine]?.revoked(partition);
    for (const partition of owned) {
      if (told.has(partition)) continue;
      this.engines[engine]?.assigned(partition, () => this.#confirmed(partition, engine));
    }
    this.#told[engine] = owned;
  }

  /** Resolves at the next heartbeat while the engine still owns the partition. */
  #confirmed(partition: number, engine: number): Promise<void> {
    return new Promise((confirm) => {
      this.#waiting.push({ partition, engine, confirm });
      setTimeout(() => this.#confirm(), 3);
    });
  }

  #confirm(): void {
    const isHolder = ({ partition, engine }: { partition: number; engine: number }) =>
      this.#owners[partition] === engine;
    for (const waiting of this.#waiting) if (isHolder(waiting)) waiting.confirm();
    this.#waiting = this.#waiting.filter((waiting) => !isHolder(waiting));
  }
}
