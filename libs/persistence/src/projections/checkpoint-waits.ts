import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { CheckpointNotices, type NoticeOptions } from './checkpoint-notices.js';
import { CheckpointWait, type Wanted, type WaitOutcome } from './checkpoint-wait.js';
import type { Checkpoints } from './checkpoints.js';

/** A notice that is lost costs no more than this. */
const LOOK_EVERY_MS = 250;

export interface CheckpointReader {
  checkpoints(projections: readonly string[]): Promise<Checkpoints>;
}

export interface WaitOptions extends NoticeOptions {
  /** Most waits at once. */
  readonly maxWaiting: number;
}

/**
 * Waits until projections have passed positions. Everything that waits in a process shares one reading of the
 * checkpoints at a time, made when a notice comes, and now and then without one.
 */
export class CheckpointWaits implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #notices: CheckpointNotices;
  readonly #waiting = new Set<CheckpointWait>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #lookAgain = false;
  #stopping = false;

  constructor(
    private readonly reader: CheckpointReader,
    private readonly options: WaitOptions,
    private readonly lookEveryMs = LOOK_EVERY_MS,
  ) {
    this.#notices = new CheckpointNotices(options, () => void this.#look());
  }

  onApplicationBootstrap(): void {
    this.#notices.start();
  }

  /** Before the server closes, which waits for the requests that wait here. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping = true;
    for (const wait of this.#waiting) wait.stop();
    await this.#notices.stop();
  }

  /** @throws when the checkpoints cannot be read. */
  async passed(wanted: Wanted): Promise<WaitOutcome> {
    const { projection, positions, withinMs, signal } = wanted;
    const started = performance.now();
    const shortfalls = (await this.reader.checkpoints([projection])).shortfalls(projection, positions);
    if (shortfalls.length === 0) return { status: 'passed' };
    if (signal.aborted) return { status: 'abandoned' };
    const leftMs = withinMs - (performance.now() - started);
    if (leftMs <= 0) return { status: 'behind', shortfalls };
    if (this.#stopping) return { status: 'stopping' };
    if (this.#waiting.size >= this.options.maxWaiting) return { status: 'crowded' };
    return this.#wait(new CheckpointWait(wanted, shortfalls, leftMs));
  }

  async #wait(wait: CheckpointWait): Promise<WaitOutcome> {
    if (this.#waiting.size === 0) this.#timer = setInterval(() => void this.#look(), this.lookEveryMs);
    this.#waiting.add(wait);
    // The notice may have come between the first reading and now.
    void this.#look();
    try {
      return await wait.outcome;
    } finally {
      this.#waiting.delete(wait);
      if (this.#waiting.size === 0) clearInterval(this.#timer);
    }
  }

  /** One reading at a time. A look that is asked for during one follows it: that one may have been too early. */
  async #look(): Promise<void> {
    this.#lookAgain = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#lookAgain && this.#waiting.size > 0) {
      this.#lookAgain = false;
      await this.#lookOnce([...this.#waiting]);
    }
    this.#isLooking = false;
  }

  async #lookOnce(waits: readonly CheckpointWait[]): Promise<void> {
    try {
      const projections = new Set(waits.map(({ projection }) => projection));
      const checkpoints = await this.reader.checkpoints([...projections]);
      for (const wait of waits) wait.look(checkpoints);
    } catch (error) {
      for (const wait of waits) wait.fail(error);
    }
  }
}
