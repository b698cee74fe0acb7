import { Counter } from 'prom-client';

const uncaughtErrors = new Counter({
  name: 'orderstream_unforeseen_errors_total',
  help: 'Errors that nothing had foreseen: each of them ends the process, in order.',
  labelNames: ['origin'],
});

/** Something that fails again and again would fill the log while the process ends. */
const MAX_LOGGED = 20;

/** Where an error came from that nobody was there to take. */
export type UncaughtOrigin = 'exception' | 'rejection';

export interface UncaughtErrorsParts {
  /** Writes the error down, whole. */
  readonly log: (error: unknown, origin: UncaughtOrigin) => void;
  /** Takes nothing more, and ends what is under way. */
  readonly stop: () => Promise<void>;
  readonly exit: (code: number) => void;
  /** An orderly end takes no longer than this. Milliseconds. */
  readonly withinMs: number;
}

/**
 * What is left when an error reaches nobody: something does not hold that the code relies on, so the process does not go
 * on. It logs the error, counts it, ends in order and within bounds, and leaves it to its supervisor to start again.
 */
export class UncaughtErrors {
  #isEnding = false;
  #logged = 0;

  constructor(private readonly parts: UncaughtErrorsParts) {}

  /** Of the process that this runs in. */
  install(): void {
    process.on('uncaughtException', (error) => this.handle(error, 'exception'));
    process.on('unhandledRejection', (reason) => this.handle(reason, 'rejection'));
  }

  /** Never throws: there is nobody behind it. */
  handle(error: unknown, origin: UncaughtOrigin): void {
    uncaughtErrors.inc({ origin });
    this.#log(error, origin);
    // More of them may come while the first ends the process: they are told, and change nothing.
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
      // A log that fails must not keep the process from ending.
    }
  }
}
