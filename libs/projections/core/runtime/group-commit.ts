import { type Clock, nextTurn } from '#libs/kernel';
import { applySteps, type PartitionStep, type StepTarget } from './partition-step.js';
import { StaleCheckpointError } from './projection-store.js';
import type { WaitingReaders } from './waiting-readers.js';

/** With so many events, a transaction costs little per event: nothing is gained by gathering more. */
const ENOUGH_EVENTS = 100;
/** Transactions with that many events may run side by side. */
const AT_ONCE = 4;

export interface GroupCommitParts<Transaction> extends StepTarget<Transaction> {
  /** Least time between the beginnings of two transactions, while few events wait and nobody reads. */
  readonly gatherMs: number;
  /** About the most events in one transaction. */
  readonly maxEvents: number;
  readonly readers: WaitingReaders;
  readonly clock: Clock;
}

interface WaitingStep {
  readonly step: PartitionStep;
  readonly applied: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Applies what several partitions bring to a projection in common transactions. A step after a quiet while is committed at
 * once. The next transaction begins when the last one has ended and the gather time since its beginning is over, but
 * earlier for a reader, and at once with many events.
 *
 * A fault in a common transaction is isolated: each of its steps is then applied in its own.
 */
export class GroupCommit<Transaction> {
  #waiting: WaitingStep[] = [];
  #underWay = 0;
  #lastBegan = Number.NEGATIVE_INFINITY;
  #isTurnAwaited = false;
  #cancelTimer: (() => void) | undefined;

  constructor(private readonly parts: GroupCommitParts<Transaction>) {
    parts.readers.onArrival(parts.projection.name, () => this.#beginAllowed());
  }

  /** @throws what the step's own transaction throws, or an error of the store */
  apply(step: PartitionStep): Promise<void> {
    return new Promise((applied, failed) => {
      this.#waiting.push({ step, applied, failed });
      if (!this.#isTurnAwaited) void this.#beginNextTurn();
    });
  }

  /** Partitions that were fetched together arrive in the same turn of the event loop. */
  async #beginNextTurn(): Promise<void> {
    this.#isTurnAwaited = true;
    await nextTurn();
    this.#isTurnAwaited = false;
    this.#beginAllowed();
  }

  /** Call it whenever another transaction may be allowed to begin. */
  #beginAllowed(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    while (this.#waiting.length > 0 && this.#mayBegin()) void this.#begin(this.#takeGroup());
  }

  #mayBegin(): boolean {
    const { clock, gatherMs, maxEvents, projection, readers } = this.parts;
    const events = this.#waiting.reduce((sum, { step }) => sum + step.events.length, 0);
    if (events >= Math.min(ENOUGH_EVENTS, maxEvents)) return this.#underWay < AT_ONCE;
    if (this.#underWay > 0) return false;
    const leftMs = this.#lastBegan + gatherMs - clock.monotonic();
    if (leftMs <= 0 || readers.has(projection.name)) return true;
    this.#cancelTimer = clock.after(leftMs, () => this.#beginAllowed());
    return false;
  }

  async #begin(group: readonly WaitingStep[]): Promise<void> {
    this.#lastBegan = this.parts.clock.monotonic();
    this.#underWay++;
    await this.#commit(group);
    this.#underWay--;
    this.#beginAllowed();
  }

  /** The longest waiting steps of one build. */
  #takeGroup(): WaitingStep[] {
    const build = this.#waiting[0]?.step.build;
    const group: WaitingStep[] = [];
    const left: WaitingStep[] = [];
    let events = 0;
    for (const waiting of this.#waiting) {
      const { step } = waiting;
      const isTaken =
        step.build === build && (group.length === 0 || events + step.events.length <= this.parts.maxEvents);
      (isTaken ? group : left).push(waiting);
      if (isTaken) events += step.events.length;
    }
    this.#waiting = left;
    return group;
  }

  async #commit(group: readonly WaitingStep[]): Promise<void> {
    try {
      await applySteps(
        this.parts,
        group.map(({ step }) => step),
      );
      for (const { applied } of group) applied();
    } catch (error) {
      const mayBeOfOneStep = error instanceof StaleCheckpointError || !this.parts.store.isOutage(error);
      if (group.length > 1 && mayBeOfOneStep) for (const each of group) await this.#commit([each]);
      else for (const { failed } of group) failed(error);
    }
  }
}
