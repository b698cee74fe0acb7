import { type Clock, FairQueue, TenantShares } from '#libs/kernel';
import { MOST_PLACES, Pace } from './pace.js';

interface Waiting {
  readonly tenant: string;
  readonly until: number;
  readonly admit: () => void;
  readonly refuse: (retryAfterSeconds: number) => void;
}

/** What follows a command while there is less than one place. */
interface Rest {
  readonly endedAt: number;
  readonly takenMs: number;
  readonly longestMs: number;
}

interface TurnLimits {
  /** The longest wait for a turn, in milliseconds. */
  readonly maxWaitMs: number;
  /** Callers that may wait at once. */
  readonly maxWaiting: number;
}

const MOST_RETRY_AFTER_SECONDS = 30;
/** Between two looks, mostly none has finished when few do. */
const RATE_OVER_MS = 2_000;
/** A command counts as taking that long at least: a quick one starts as long a process as a slow one. */
const LEAST_TAKEN_MS = 10;
/** The longest pause after a command for each that was in it, and after any. So the taking of orders never stops. */
const LONGEST_REST_MS = 200;
const LONGEST_REST_OF_BATCH_MS = 10_000;

/** So many tenants do not make each other rest longer. */
const FEW_TENANTS = 2;
/** A place beyond the pace, for a tenant with nothing in progress: others may hold all places with long batches. */
const PLACE_FOR_OTHERS = 1;

/**
 * Lets commands begin at a pace at which everything else keeps up; those of different tenants by turns. A tenant rests after
 * its own commands only, but the longer the more tenants do.
 */
export class CommandTurns {
  readonly pace = new Pace();
  readonly #waiting = new FairQueue<Waiting>(({ tenant }) => tenant);
  readonly #running = new TenantShares(Number.MAX_SAFE_INTEGER);
  /** By tenant. */
  readonly #rests = new Map<string, Rest>();
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
    return this.#running.used;
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
      this.#running.take(tenant, 1);
      admit();
    };
    const waiting: Waiting = { tenant, until: this.#until(), admit: begin, refuse };
    if (this.#waiting.sizeOf(tenant) === 0 && this.#mayBegin(tenant)) begin();
    else if (this.#waiting.size >= this.limits.maxWaiting) refuse(this.#retryAfterSeconds());
    else this.#waiting.push(waiting);
    return (commands = 1) => {
      if (state === 'running') this.#end(tenant, began, commands);
      else if (state === 'waiting') this.#waiting.keep((each) => each !== waiting);
      state = 'over';
    };
  }

  /** Nobody waits, and nobody would have to. */
  get isUnlimited(): boolean {
    return this.waiting === 0 && this.pace.places >= MOST_PLACES;
  }

  /** Adapts the pace, and refuses those who have waited too long. Call it several times a second. */
  look(lag: number, busy: number, least?: number): void {
    const now = this.clock.monotonic();
    const elapsedMs = Math.max(1, now - this.#lookedAt);
    const weight = Math.min(1, elapsedMs / RATE_OVER_MS);
    this.#perSecond += ((this.#finished * 1_000) / elapsedMs - this.#perSecond) * weight;
    this.#finished = 0;
    this.#lookedAt = now;
    this.pace.adapt({ lag, busy, running: this.running, ...(least !== undefined && { least }) });
    for (const [tenant, rest] of this.#rests) if (this.#endOf(rest) <= now) this.#rests.delete(tenant);
    if (this.#waiting.size === 0) return;
    const late = [...this.#waiting].filter(({ until }) => until <= now);
    if (late.length > 0) this.#waiting.keep(({ until }) => until > now);
    for (const { refuse } of late) refuse(this.#retryAfterSeconds());
    this.#admit();
  }

  #end(tenant: string, began: number, commands: number): void {
    this.#running.give(tenant, 1);
    this.#finished++;
    if (this.pace.places < 1) this.#rest(tenant, began, commands);
    this.#admit();
  }

  #rest(tenant: string, began: number, commands: number): void {
    const endedAt = this.clock.monotonic();
    const before = this.#rests.get(tenant);
    const rest = {
      endedAt,
      takenMs: Math.max(LEAST_TAKEN_MS, endedAt - began),
      longestMs: Math.min(LONGEST_REST_MS * commands, LONGEST_REST_OF_BATCH_MS),
    };
    if (before && this.#endOf(before) > this.#endOf(rest)) return;
    this.#rests.set(tenant, rest);
    this.clock.after(this.#endOf(rest) - endedAt, () => this.#admit());
  }

  /** At the present pace, and number of tenants: many together would have many commands, however slow each of them is. */
  #endOf({ endedAt, takenMs, longestMs }: Rest): number {
    const { places } = this.pace;
    if (places >= 1) return endedAt;
    const restMs = Math.min(takenMs * (1 / places - 1), longestMs);
    return endedAt + restMs * Math.max(1, this.#rests.size / FEW_TENANTS);
  }

  #mayBegin(tenant: string): boolean {
    const rest = this.#rests.get(tenant);
    if (rest && this.clock.monotonic() < this.#endOf(rest)) return false;
    const forOthers = this.#running.heldBy(tenant) === 0 ? PLACE_FOR_OTHERS : 0;
    return this.running < Math.max(1, this.pace.places) + forOthers;
  }

  #admit(): void {
    for (;;) {
      const next = this.#waiting.take((tenant) => this.#mayBegin(tenant));
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
