import { type Clock, onAbort } from '#libs/kernel';

interface Sleeper {
  readonly wakeAt: number;
  readonly wake: () => void;
}

/** A clock that moves when told to, and lets everything that follows from it happen. */
export class FakeClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  #sleepers: Sleeper[] = [];

  now(): number {
    return this.#now;
  }

  /** Timers and sleeps that are not over. */
  get pending(): number {
    return this.#sleepers.length;
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const sleeper: Sleeper = {
      wakeAt: this.#now + ms,
      wake: () => {
        cancel();
        callback();
      },
    };
    const cancel = (): void => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    };
    this.#sleepers.push(sleeper);
    return cancel;
  }

  every(ms: number, callback: () => void): () => void {
    const again = (): void => {
      cancel = this.after(ms, again);
      callback();
    };
    let cancel = this.after(ms, again);
    return () => cancel();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.after(ms, () => {
        unsubscribe?.();
        resolve();
      });
      const unsubscribe =
        signal &&
        onAbort(signal, () =>
          queueMicrotask(() => {
            cancel();
            resolve();
          }),
        );
    });
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.runPending();
    for (;;) {
      const [first] = this.#sleepers.toSorted((a, b) => a.wakeAt - b.wakeAt);
      if (!first || first.wakeAt > end) break;
      this.#now = Math.max(this.#now, first.wakeAt);
      first.wake();
      await this.runPending();
    }
    this.#now = end;
  }

  /** Until a condition holds, in small steps; fails when it does not come true. */
  async until(condition: () => boolean, withinMs = 3_600_000): Promise<void> {
    const deadline = this.#now + withinMs;
    await this.runPending();
    while (!condition()) {
      if (this.#now >= deadline) throw new Error('it did not come true');
      await this.advance(50);
    }
  }

  /** Runs all pending work that needs no time to pass. */
  runPending(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
