import type { CounterEngine } from './engine.fixture.js';

/**
 * Shares partitions out among engines, as a consumer group would: an engine that sleeps is not told that it has lost
 * one, and one that gets back what it never knew it had lost is told nothing either.
 */
export class FakeConsumerGroup {
  readonly #owners: number[] = [];
  /** What each engine has been told that it has. */
  readonly #told: Set<number>[];
  #waiting: { readonly partition: number; readonly engine: number; readonly confirm: () => void }[] = [];

  constructor(readonly engines: CounterEngine[]) {
    this.#told = engines.map(() => new Set());
  }

  /** Takes the partition from whoever has it. One that sleeps does not hear of it. */
  give(partition: number, to: number, { asleep = false } = {}): void {
    const from = this.#owners[partition];
    this.#owners[partition] = to;
    if (from !== undefined && from !== to && !asleep) this.#tell(from);
    this.#tell(to);
    this.#confirm();
  }

  /** Everybody is awake. */
  wakeAll(): void {
    this.engines.forEach((_, engine) => this.#tell(engine));
  }

  /** The engine ends in order, and another takes its place and what it had. */
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

  /** At the next heartbeat of an engine that is still counted in. */
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
