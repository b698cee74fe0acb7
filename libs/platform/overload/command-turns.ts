import { type Clock, FairQueue } from '#libs/kernel';
import { Pace } from './pace.js';

interface Waiting {
  readonly tenant: string;
  readonly until: number;
  readonly admit: () => void;
  readonly refuse: (retryAfterSeconds: number) => void;
}

interface TurnLimits {
  /** The longest wait for a turn, in milliseconds. */
  readonly maxWaitMs: number;
  /** Callers that may wait at once. */
  readonly maxWaiting: number;
}

const MOST_RETRY_AFTER_SECONDS = 30;

/** Lets commands begin at a pace at which everything else keeps up; those of different tenants by turns. */
export class CommandTurns {
  readonly pace = new Pace();
  readonly #waiting = new FairQueue<Waiting>(({ tenant }) => tenant);
  #running = 0;
  #finished = 0;
  #perSecond = 0;
  #lookedAt: number;

  constructor(
    private readonly limits: TurnLimits,
    private readonly clock: Clock,
  ) {
    this.#lookedAt = clock.monotonic();
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Admits the command now or later, or refuses it: now if too many wait, or when it has waited too long.
   * @returns how to give the turn back, or to wait no longer; idempotent
   */
  take(tenant: string, admit: () => void, refuse: (retryAfterSeconds: number) => void): () => void {
    let state: 'waiting' | 'running' | 'over' = 'waiting';
    const begin = (): void => {
      state = 'running';
      this.#running++;
      admit();
    };
    const waiting: Waiting = { tenant, until: this.#until(), admit: begin, refuse };
    if (this.#waiting.size === 0 && this.#running < this.pace.places) begin();
    else if (this.#waiting.size >= this.limits.maxWaiting) refuse(this.#retryAfterSeconds());
    else this.#waiting.push(waiting);
    return () => {
      if (state === 'running') this.#end();
      else if (state === 'waiting') this.#waiting.keep((each) => each !== waiting);
      state = 'over';
    };
  }

  /** Adapts the pace, and refuses those who have waited too long. Call it several times a second. */
  look(lag: number, busy: number): void {
    const now = this.clock.monotonic();
    const elapsedMs = Math.max(1, now - this.#lookedAt);
    this.#perSecond = (this.#finished * 1_000) / elapsedMs;
    this.#finished = 0;
    this.#lookedAt = now;
    this.pace.adapt({ lag, busy, running: this.#running });
    if (this.#waiting.size === 0) return;
    const late = [...this.#waiting].filter(({ until }) => until <= now);
    if (late.length > 0) this.#waiting.keep(({ until }) => until > now);
    for (const { refuse } of late) refuse(this.#retryAfterSeconds());
    this.#admit();
  }

  #end(): void {
    this.#running--;
    this.#finished++;
    this.#admit();
  }

  #admit(): void {
    while (this.#running < this.pace.places) {
      const next = this.#waiting.take();
      if (!next) return;
      next.admit();
    }
  }

  #until(): number {
    return this.clock.monotonic() + this.limits.maxWaitMs;
  }

  /** When those who wait now will probably have had their turn. */
  #retryAfterSeconds(): number {
    const seconds = Math.ceil(this.#waiting.size / Math.max(1, this.#perSecond));
    return Math.min(MOST_RETRY_AFTER_SECONDS, Math.max(1, seconds));
  }
}
