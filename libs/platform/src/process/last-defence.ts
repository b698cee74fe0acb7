import { Counter } from 'prom-client';

const unforeseen = new Counter({
  name: 'orderstream_unforeseen_errors_total',
  help: 'Errors that nothing had foreseen: each of them ends the process, in order.',
  labelNames: ['origin'],
});

/** Something that fails again and again would fill the log while the process ends. */
const MAX_TOLD = 20;

/** Where an error came from that nobody was there to take. */
export type UnforeseenOrigin = 'exception' | 'rejection';

export interface LastDefenceParts {
  /** Writes the error down, whole. */
  readonly log: (error: unknown, origin: UnforeseenOrigin) => void;
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
export class LastDefence {
  #isEnding = false;
  #told = 0;

  constructor(private readonly parts: LastDefenceParts) {}

  /** Of the process that this runs in. */
  install(): void {
    process.on('uncaughtException', (error) => this.take(error, 'exception'));
    process.on('unhandledRejection', (reason) => this.take(reason, 'rejection'));
  }

  /** Never throws: there is nobody behind it. */
  take(error: unknown, origin: UnforeseenOrigin): void {
    unforeseen.inc({ origin });
    this.#tell(error, origin);
    // More of them may come while the first ends the process: they are told, and change nothing.
    if (this.#isEnding) return;
    this.#isEnding = true;
    setTimeout(() => this.parts.exit(1), this.parts.withinMs).unref();
    void this.#end();
  }

  async #end(): Promise<void> {
    try {
      await this.parts.stop();
    } catch (error) {
      this.#tell(error, 'exception');
    }
    this.parts.exit(1);
  }

  #tell(error: unknown, origin: UnforeseenOrigin): void {
    if (this.#told++ >= MAX_TOLD) return;
    try {
      this.parts.log(error, origin);
    } catch {
      // A log that fails must not keep the process from ending.
    }
  }
}
