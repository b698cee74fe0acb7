import { Counter } from 'prom-client';

const uncaughtErrors = new Counter({
  name: 'orderstream_unforeseen_errors_total',
  help: 'Uncaught errors. Each of them stops the process in an orderly way.',
  labelNames: ['origin'],
});
// `increase` needs a 0 before the first one.
for (const origin of ['exception', 'rejection'] satisfies UncaughtOrigin[]) uncaughtErrors.inc({ origin }, 0);

/** Repeated errors would otherwise fill the log while the process stops. */
const MAX_LOGGED = 20;

export type UncaughtOrigin = 'exception' | 'rejection';

export interface UncaughtErrorsParts {
  readonly log: (error: unknown, origin: UncaughtOrigin) => void;
  /** Accepts no more work, and finishes what is in progress. */
  readonly stop: () => Promise<void>;
  readonly exit: (code: number) => void;
  /** Longest time for an orderly stop, in milliseconds. */
  readonly withinMs: number;
}

/**
 * Handles uncaught errors. Since an assumption of the code is broken, the process must not continue: it logs and counts the
 * error, stops in bounded time, and leaves the restart to its supervisor.
 */
export class UncaughtErrors {
  #isEnding = false;
  #logged = 0;

  constructor(private readonly parts: UncaughtErrorsParts) {}

  install(): void {
    process.on('uncaughtException', (error) => this.handle(error, 'exception'));
    process.on('unhandledRejection', (reason) => this.handle(reason, 'rejection'));
  }

  /** Never throws, because nothing would catch it. */
  handle(error: unknown, origin: UncaughtOrigin): void {
    uncaughtErrors.inc({ origin });
    this.#log(error, origin);
    // Further errors during the stop are logged, and change nothing.
    if (this.#isEnding) return;
    this.#isEnding = true;
    setTimeout(() => this.parts.exit(1), this.parts.withinMs).unref();
    void this.#stopAndExit();
  }

  async #stopAndExit(): Promise<void> {
    try {
      await this.parts.stop();
    } catch (error) {
      this.#log(error, 'exception');
    }
    this.parts.exit(1);
  }

  #log(error: unknown, origin: UncaughtOrigin): void {
    if (this.#logged++ >= MAX_LOGGED) return;
    try {
      this.parts.log(error, origin);
    } catch {
      // A failing log must not prevent the exit.
    }
  }
}
