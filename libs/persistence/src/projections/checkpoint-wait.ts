import type { Position, ShareRefusal } from '#libs/kernel';
import type { Checkpoints, Shortfall } from './checkpoints.js';

export interface WaitRequest {
  /** Who asks: each tenant has its share of the waits. */
  readonly tenant: string;
  readonly projection: string;
  readonly positions: readonly Position[];
  readonly withinMs: number;
  /** Aborted when nobody wants the answer any more. */
  readonly signal: AbortSignal;
}

export type WaitOutcome =
  | { readonly status: 'passed' }
  /** The time is over. */
  | { readonly status: 'behind'; readonly shortfalls: readonly Shortfall[] }
  /** The log ends before these positions: nobody can have been given them. */
  | { readonly status: 'unknown'; readonly positions: readonly Position[] }
  /** There is no room for one more wait: of this tenant, or of anybody. */
  | { readonly status: 'crowded'; readonly refusal: ShareRefusal }
  | { readonly status: 'abandoned' | 'stopping' };

/** One who waits: until the positions are passed, the time is over, or nobody wants the answer any more. */
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
    const settled = new Promise<WaitOutcome>((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    const timer = setTimeout(() => this.#finish({ status: 'behind', shortfalls: this.shortfalls }), ms);
    const abandon = (): void => this.#finish({ status: 'abandoned' });
    wanted.signal.addEventListener('abort', abandon);
    this.outcome = settled.finally(() => {
      clearTimeout(timer);
      wanted.signal.removeEventListener('abort', abandon);
    });
  }

  update(checkpoints: Checkpoints): void {
    this.shortfalls = checkpoints.shortfalls(this.projection, this.wanted.positions);
    if (this.shortfalls.length === 0) this.#finish({ status: 'passed' });
  }

  /** @param positions that the log ends before */
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
