import type { BeforeApplicationShutdown } from '@nestjs/common';
import { type Position, SharedQuestion, TenantShareError, TenantShares } from '#libs/kernel';
import type { DatabaseNotices } from '#libs/postgres';
import { CheckpointWait, type WaitRequest, type WaitOutcome } from './checkpoint-wait.js';
import type { Checkpoints } from './checkpoints.js';
import { CHECKPOINT_CHANNEL } from './projection.store.js';
import { WaitingReaders } from '../core/runtime/waiting-readers.js';

/** The longest delay that a lost notice causes. */
const REFRESH_EVERY_MS = 250;

export interface CheckpointReader {
  checkpoints(projections: readonly string[]): Promise<Checkpoints>;
}

export interface WaitOptions {
  /** Most concurrent waits. */
  readonly maxWaiting: number;
}

/** Returns the positions beyond the end of the log; none while the log does not answer. */
export type FindUnknown = (positions: readonly Position[]) => Promise<readonly Position[]>;

/**
 * Waits until projections have passed positions. All waits of a process share one query of the checkpoints at a time. It
 * runs when a wait starts, when a notice arrives, and at an interval.
 */
export class CheckpointWaits implements BeforeApplicationShutdown {
  readonly #waiting = new Set<CheckpointWait>();
  readonly #shares: TenantShares;
  readonly #reading: SharedQuestion<Checkpoints>;
  /** Projections that the next query covers. */
  #wanted = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #isRefreshing = false;
  #refreshAgain = false;
  #stopping = false;

  constructor(
    reader: CheckpointReader,
    private readonly findUnknown: FindUnknown,
    notices: Pick<DatabaseNotices, 'listen'>,
    options: WaitOptions,
    private readonly readers = new WaitingReaders(),
    private readonly lookEveryMs = REFRESH_EVERY_MS,
  ) {
    this.#shares = new TenantShares(options.maxWaiting);
    this.#reading = new SharedQuestion(() => {
      const projections = [...this.#wanted];
      this.#wanted = new Set();
      return reader.checkpoints(projections);
    });
    notices.listen(CHECKPOINT_CHANNEL, () => void this.#refresh());
  }

  /** Runs before the server closes, because that waits for these requests. */
  beforeApplicationShutdown(): void {
    this.#stopping = true;
    for (const wait of this.#waiting) wait.stop();
  }

  /** @throws if the checkpoints cannot be read */
  async passed(wanted: WaitRequest): Promise<WaitOutcome> {
    const { tenant, projection, positions, withinMs, signal } = wanted;
    const started = performance.now();
    const shortfalls = (await this.#checkpoints([projection])).shortfalls(projection, positions);
    if (shortfalls.length === 0) return { status: 'passed' };
    if (signal.aborted) return { status: 'abandoned' };
    if (this.#stopping) return { status: 'stopping' };
    let release: () => void;
    try {
      release = this.#shares.acquire(tenant);
    } catch (error) {
      if (error instanceof TenantShareError) return { status: 'crowded', refusal: error.refusal };
      throw error;
    }
    try {
      const unknown = this.findUnknown(shortfalls.map(({ position }) => position));
      const leftMs = withinMs - (performance.now() - started);
      if (leftMs > 0) return await this.#wait(new CheckpointWait(wanted, shortfalls, leftMs), unknown);
      const found = await unknown;
      return found.length > 0 ? { status: 'unknown', positions: found } : { status: 'behind', shortfalls };
    } finally {
      release();
    }
  }

  async #wait(wait: CheckpointWait, unknown: Promise<readonly Position[]>): Promise<WaitOutcome> {
    if (this.#waiting.size === 0) this.#timer = setInterval(() => void this.#refresh(), this.lookEveryMs);
    this.#waiting.add(wait);
    const leave = this.readers.add(wait.projection);
    // A notice may have arrived since the first query.
    void this.#refresh();
    unknown.then(
      (positions) => wait.rejectUnknown(positions),
      (error: unknown) => wait.fail(error),
    );
    try {
      return await wait.outcome;
    } finally {
      leave();
      this.#waiting.delete(wait);
      if (this.#waiting.size === 0) clearInterval(this.#timer);
    }
  }

  #checkpoints(projections: Iterable<string>): Promise<Checkpoints> {
    for (const projection of projections) this.#wanted.add(projection);
    return this.#reading.answer();
  }

  /** Queries one at a time. A request during a query causes another one, because the running one may be too early. */
  async #refresh(): Promise<void> {
    this.#refreshAgain = true;
    if (this.#isRefreshing) return;
    this.#isRefreshing = true;
    while (this.#refreshAgain && this.#waiting.size > 0) {
      this.#refreshAgain = false;
      await this.#refreshOnce([...this.#waiting]);
    }
    this.#isRefreshing = false;
  }

  async #refreshOnce(waits: readonly CheckpointWait[]): Promise<void> {
    try {
      const projections = new Set(waits.map(({ projection }) => projection));
      const checkpoints = await this.#checkpoints(projections);
      for (const wait of waits) wait.update(checkpoints);
    } catch (error) {
      for (const wait of waits) wait.fail(error);
    }
  }
}
