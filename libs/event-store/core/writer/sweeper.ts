import type { Clock } from '#libs/kernel';

/** Sweeps at an interval, but only while there is something to sweep: most partitions are idle most of the time. */
export class Sweeper {
  #cancel: (() => void) | undefined;
  #ended = false;

  constructor(
    private readonly clock: Clock,
    private readonly everyMs: number,
    private readonly sweep: () => void,
  ) {}

  start(): void {
    if (!this.#ended) this.#cancel ??= this.clock.every(this.everyMs, this.sweep);
  }

  /** Until the next start. */
  pause(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  end(): void {
    this.#ended = true;
    this.pause();
  }
}
