import { onAbort, type Position, type ShareRefusal } from '#libs/kernel';
import type { Checkpoints, Shortfall } from './checkpoints.js';

export interface WaitRequest {
  /** Each tenant has a share of the waits. */
  readonly tenant: string;
  readonly projection: string;
  readonly positions: readonly Position[];
  readonly withinMs: number;
  /** Aborted when the client no longer waits. */
  readonly signal: AbortSignal;
}

export type WaitOutcome =
  | { readonly status: 'passed' }
  /** The time ran out. */
  | { readonly status: 'behind'; readonly shortfalls: readonly Shortfall[] }
  /** The log ends before these positions, so no answer can have contained them. */
  | { readonly status: 'unknown'; readonly positions: readonly Position[] }
  /** Too many waits, either of this tenant or in total. */
  | { readonly status: 'crowded'; readonly refusal: ShareRefusal }
  | { readonly status: 'abandoned' | 'stopping' };

/** One wait, which ends when the positions are passed, the time runs out, or the client is gone. */
export class CheckpointWait {
  readonly projection: string;
  readonly outcome: Promise<WaitOutcome>;
  #finish!: (outcome: WaitOutcome) => void;
  #fail!: (error: unknown) => void;

  constructor(
    private readonly wanted: WaitRequest,
    private shortfalls: readonly Shortfall[],
    ms: number,
  ) {
    this.projection = wanted.projection;
    const finished = new Promise<WaitOutcome>((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    const timer = setTimeout(() => this.#finish({ status: 'behind', shortfalls: this.shortfalls }), ms);
    const unsubscribe = onAbort(wanted.signal, () => this.#finish({ status: 'abandoned' }));
    this.outcome = finished.finally(() => {
      clearTimeout(timer);
      unsubscribe();
    });
  }

  update(checkpoints: Checkpoints): void {
    this.shortfalls = checkpoints.shortfalls(this.projection, this.wanted.positions);
    if (this.shortfalls.length === 0) this.#finish({ status: 'passed' });
  }

  /** @param positions beyond the end of the log */
  rejectUnknown(positions: readonly Position[]): void {
    if (positions.length > 0) this.#finish({ status: 'unknown', positions });
  }

  stop(): void {
    this.#finish({ status: 'stopping' });
  }

  fail(error: unknown): void {
    this.#fail(error);
  }
}
