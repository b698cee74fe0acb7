import { type TopicPartition, topicPartitionKey } from '#libs/kernel';
import { BuildVerification, PostgresProjectionBuilds } from '#libs/projections/postgres';
import type { Phases } from './runs.js';

/** Tells the parts of the rebuild that runs next in this process, by the methods that it calls. */
export class RebuildClock {
  readonly #began = performance.now();
  readonly #loads = new Map<string, { readonly from: number; until?: number }>();
  #checks = 0;
  #indexing = { from: 0, until: 0 };
  #switching = { from: 0, until: 0 };

  constructor() {
    const { prototype: builds } = PostgresProjectionBuilds;
    timed(builds, 'index', (_, from, until) => (this.#indexing = { from, until }));
    timed(builds, 'switchTo', (_, from, until) => (this.#switching = { from, until }));
    timed(BuildVerification.prototype, 'check', ([, at], from, until) => {
      const load = this.#loads.get(topicPartitionKey(at));
      if (load) load.until ??= from;
      this.#checks += until - from;
    });
  }

  /** Call it with every fetch. */
  loading(at: TopicPartition): void {
    if (!this.#loads.has(topicPartitionKey(at)))
      this.#loads.set(topicPartitionKey(at), { from: performance.now() });
  }

  /** Partitions are loaded and checked side by side: the time until the indexes is shared out as theirs is. */
  result(): { readonly seconds: number; readonly phases: Phases } {
    const { from, until } = this.#indexing;
    const loads = [...this.#loads.values()].reduce((sum, load) => sum + (load.until ?? from) - load.from, 0);
    const share = this.#checks / (this.#checks + loads || 1);
    const before = (from - this.#began) / 1_000;
    return {
      seconds: (this.#switching.until - this.#began) / 1_000,
      phases: {
        load: before * (1 - share),
        check: share > 0 ? before * share : undefined,
        index: (until - from) / 1_000,
        // With the last look for what was appended meanwhile.
        switch: (this.#switching.until - until) / 1_000,
      },
    };
  }
}

type Method = (...args: never[]) => Promise<void>;

function timed<Name extends string, Timed extends { [Key in Name]: Method }>(
  prototype: Timed,
  name: Name,
  told: (args: Parameters<Timed[Name]>, from: number, until: number) => void,
): void {
  const method: Method = prototype[name];
  const replacement = async function (this: unknown, ...args: Parameters<Timed[Name]>) {
    const from = performance.now();
    await method.apply(this, args);
    told(args, from, performance.now());
  };
  Object.assign(prototype, { [name]: replacement });
}
