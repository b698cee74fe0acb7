import { asError, inBackground } from '#libs/kernel';
import type { DispatchLimits, DispatchPorts } from '../dispatch-limits.js';
import type { CursorSave, DispatchStore, PartitionChanges, PartitionClaim } from '../ports.js';
import type { EventOffers } from './partition-feeds.js';

/** Saves the progress of all feeds of a partition in one write, several times a second, one write at a time. */
export class PartitionSaver {
  #number = 0;
  #last: Promise<unknown> = Promise.resolve();
  /** Saves that are under way or wait for the one before. */
  #open = 0;
  /** A save that has not collected yet, so that it will include whatever is pending now. */
  #upcoming: Promise<boolean> | undefined;
  #savedScannedOffset = -1;
  #scannedOffsetSavedAt = 0;

  constructor(
    private readonly claim: PartitionClaim,
    private readonly offers: Pick<EventOffers, 'registry' | 'scannedOffset'>,
    private readonly lost: () => void,
    private readonly saves: Pick<SharedSaves, 'save'>,
    private readonly ports: DispatchPorts,
    private readonly limits: DispatchLimits,
  ) {}

  /** Whether a save may have something to write. A partition that is owed nothing costs only this question. */
  get isWanted(): boolean {
    if (this.#open > 0) return false;
    const { registry, scannedOffset } = this.offers;
    return !registry.isEmpty || this.#isScannedOffsetDue(scannedOffset, this.ports.clock.now());
  }

  /** Saves everything pending. Returns `false` when that failed, and it is still due. */
  save(): Promise<boolean> {
    if (this.#upcoming) return this.#upcoming;
    this.#open++;
    const upcoming = this.#last.then(() => this.#save());
    this.#upcoming = this.#last = upcoming;
    return upcoming;
  }

  async #save(): Promise<boolean> {
    this.#upcoming = undefined;
    try {
      const now = this.ports.clock.now();
      const { isEmpty, confirm, ...changes } = this.offers.registry.collect(now);
      if (!isEmpty || this.#isScannedOffsetDue(changes.scannedOffset, now)) {
        if (!(await this.saves.save(this.claim, { number: ++this.#number, ...changes }))) {
          this.lost();
          return false;
        }
        this.#savedScannedOffset = changes.scannedOffset;
        this.#scannedOffsetSavedAt = now;
      }
      confirm();
      return true;
    } catch (error) {
      this.ports.observer.failed('save', this.claim, asError(error));
      return false;
    } finally {
      this.#open--;
    }
  }

  #isScannedOffsetDue(scannedOffset: number, now: number): boolean {
    const isDue = now - this.#scannedOffsetSavedAt >= this.limits.idleSaveMs;
    return isDue && scannedOffset > this.#savedScannedOffset;
  }
}

/** Bounds one statement: a cursor weighs one, and so does each finished range above its watermark. */
const MOST_WEIGHT = 2_000;

interface WaitingSave extends CursorSave {
  readonly changes: PartitionChanges;
  readonly resolve: (saved: boolean | Promise<boolean>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Lets the partitions of a process save together. Most saves move cursors only, and those that begin in the same turn
 * become one statement, as one for each partition would cost more than the deliveries. Whatever keeps a partition out of
 * that statement is its own affair: it is saved by itself then.
 */
export class SharedSaves {
  #waiting: WaitingSave[] = [];

  constructor(private readonly store: Pick<DispatchStore, 'save' | 'saveCursors'>) {}

  /** As {@link DispatchStore.save}, and together with the saves of other partitions that begin now. */
  save(claim: PartitionClaim, changes: PartitionChanges): Promise<boolean> {
    if (!movesOnlyCursors(changes)) return this.store.save(claim, changes);
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.push({ claim, changes, resolve, reject });
      // Partitions that save at a tick have all collected by then.
      if (waiting === 1) queueMicrotask(() => this.#flush());
    });
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const saves of inStatements(waiting))
      inBackground(
        () => this.#saveTogether(saves),
        (error) => {
          for (const { reject } of saves) reject(error);
        },
      );
  }

  async #saveTogether(saves: readonly WaitingSave[]): Promise<void> {
    const { store } = this;
    const saved = await store.saveCursors(saves);
    for (const { claim, changes, resolve } of saves)
      resolve(saved.has(claim) ? true : store.save(claim, changes));
  }
}

const movesOnlyCursors = ({ parked, lanes, delivered, detached, pinned }: PartitionChanges): boolean =>
  parked.length + lanes.length + delivered.length + detached.length + pinned.length === 0;

function* inStatements(saves: readonly WaitingSave[]): Generator<readonly WaitingSave[]> {
  let statement: WaitingSave[] = [];
  let weight = 0;
  for (const save of saves) {
    const more = weightOf(save);
    if (statement.length > 0 && weight + more > MOST_WEIGHT) {
      yield statement;
      statement = [];
      weight = 0;
    }
    statement.push(save);
    weight += more;
  }
  if (statement.length > 0) yield statement;
}

function weightOf({ changes }: CursorSave): number {
  let weight = 1;
  for (const { finished } of changes.cursors.values()) weight += 1 + finished.length;
  return weight;
}
