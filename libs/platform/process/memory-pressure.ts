import { constants, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { Gauge } from 'prom-client';

/** Live objects from which on a collection frees too little for what comes next. */
const FULL = 0.9;
/** Near the limit collections follow each other closely, so that no news is good news. */
const LASTS_MS = 1_000;

/** Whether V8's heap is nearly full of live objects, as the last full collection found. */
export class MemoryPressure {
  #fullUntil = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly heap: () => { used_heap_size: number; heap_size_limit: number } = getHeapStatistics,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get isHigh(): boolean {
    return this.now() < this.#fullUntil;
  }

  /** Looks after each full collection, for as long as the process runs. */
  watch(): void {
    new PerformanceObserver((list) => {
      const isFull = list
        .getEntries()
        .some(({ detail }) => (detail as { kind?: number }).kind === constants.NODE_PERFORMANCE_GC_MAJOR);
      if (isFull) this.collected();
    }).observe({ entryTypes: ['gc'] });
  }

  /** A full collection has just ended, so that what is used is live. */
  collected(): void {
    const { used_heap_size: used, heap_size_limit: limit } = this.heap();
    this.#fullUntil = used > FULL * limit ? this.now() + LASTS_MS : Number.NEGATIVE_INFINITY;
  }
}

/** Registers the bound, beside which the default metrics show what is used. */
export function showMemoryBound(megabytes: number): void {
  memoryBound.set(megabytes * 1_048_576);
}

const memoryBound = new Gauge({
  name: 'orderstream_memory_bound_bytes',
  help: 'MEMORY_MB in bytes: the bound of process_resident_memory_bytes.',
});
