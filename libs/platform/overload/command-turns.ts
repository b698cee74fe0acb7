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
/** A command counts as taking that long at least: a quick one starts as long a process as a slow one. */
const LEAST_TAKEN_MS = 10;
/** The longest pause after a command for each that was in it, and after any. So the taking of orders never stops. */
const LONGEST_REST_MS = 200;
const LONGEST_REST_OF_BATCH_MS = 10_000;

/** Lets commands begin at a pace at which everything else keeps up; those of different tenants by turns. */
export class CommandTurns {
  readonly pace = new Pace();
  readonly #waiting = new FairQueue<Waiting>(({ tenant }) => tenant);
  #running = 0;
  #finished = 0;
  #perSecond = 0;
  #lookedAt: number;
  #restsUntil = 0;

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
   * @returns how to give the turn back, with the number of commands that were in it, or to wait no longer; idempotent
   */
  take(
    tenant: string,
    admit: () => void,
    refuse: (retryAfterSeconds: number) => void,
  ): (commands?: number) => void {
    let state: 'waiting' | 'running' | 'over' = 'waiting';
    let began = 0;
    const begin = (): void => {
      state = 'running';
      began = this.clock.monotonic();
      this.#running++;
      admit();
    };
    const waiting: Waiting = { tenant, until: this.#until(), admit: begin, refuse };
    if (this.#waiting.size === 0 && this.#mayBegin()) begin();
    else if (this.#waiting.size >= this.limits.maxWaiting) refuse(this.#retryAfterSeconds());
    else this.#waiting.push(waiting);
    return (commands = 1) => {
      if (state === 'running') this.#end(began, commands);
      else if (state === 'waiting') this.#waiting.keep((each) => each !== waiting);
      state = 'over';
    };
  }

  /** Adapts the pace, and refuses those who have waited too long. Call it several times a second. */
  look(lag: number, busy: number, least?: number): void {
    const now = this.clock.monotonic();
    const elapsedMs = Math.max(1, now - this.#lookedAt);
    this.#perSecond = (this.#finished * 1_000) / elapsedMs;
    this.#finished = 0;
    this.#lookedAt = now;
    this.pace.adapt({ lag, busy, running: this.#running, ...(least !== undefined && { least }) });
    if (this.#waiting.size === 0) return;
    const late = [...this.#waiting].filter(({ until }) => until <= now);
    if (late.length > 0) this.#waiting.keep(({ until }) => until > now);
    for (const { refuse } of late) refuse(this.#retryAfterSeconds());
    this.#admit();
  }

  #end(began: number, commands: number): void {
    this.#running--;
    this.#finished++;
    const { places } = this.pace;
    const takenMs = Math.max(LEAST_TAKEN_MS, this.clock.monotonic() - began);
    if (places < 1) this.#rest(takenMs * (1 / places - 1), commands);
    this.#admit();
  }

  #rest(wantedMs: number, commands: number): void {
    const restMs = Math.min(wantedMs, LONGEST_REST_MS * commands, LONGEST_REST_OF_BATCH_MS);
    this.#restsUntil = Math.max(this.#restsUntil, this.clock.monotonic() + restMs);
    this.clock.after(restMs, () => this.#admit());
  }

  #mayBegin(): boolean {
    const { places } = this.pace;
    return this.#running < places && (places >= 1 || this.clock.monotonic() >= this.#restsUntil);
  }

  #admit(): void {
    while (this.#mayBegin()) {
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
