import type { AttemptOutcome, Timers } from '../ports.js';
import { inBackground } from '../timing/background.js';
import { StopSignal } from '../timing/stop-signal.js';

export interface GateLimits {
  /** Attempts of one feed under way at once, over all its lanes and partitions. */
  readonly concurrency: number;
  /** So many failures in a row, in whichever lanes, and the endpoint counts as dead. */
  readonly deadAfter: number;
  /** A dead endpoint is tried again after this time, by one attempt; then after twice as long, and so on. */
  readonly probePauseMs: number;
  readonly longestProbePauseMs: number;
}

export const DEFAULT_GATE_LIMITS: GateLimits = {
  concurrency: 16,
  deadAfter: 50,
  probePauseMs: 1_000,
  longestProbePauseMs: 60_000,
};

/** Where a delivery is kept while it waits for its turn. */
export type KeptIn = 'memory' | 'database';

interface Waiting {
  readonly rateLimit: number | null;
  readonly admit: () => void;
}

/** Of one endpoint. Whoever has passed it holds it, and leaves by the same, even when the feed has another one by then. */
export interface Gate {
  readonly feedId: string;
  taken: number;
  readonly waiting: Waiting[];
  /** Those of them that are kept in memory. */
  inMemory: number;
  /** In a row. */
  failures: number;
  /** Milliseconds since 1970 from which on the next attempt may begin: because of the rate, or of failures. */
  opensAt: number;
  /** The attempt under way asks whether a dead endpoint lives again. */
  isProbed: boolean;
  /** Set while the time is awaited at which it opens. */
  alarm: StopSignal | undefined;
}

/** What was not used of a rate may be used at once, as far as it has been saved up in this time. */
const BURST_MS = 100;

/**
 * What one endpoint is spared, and what it may cost: it bounds the attempts under way and their rate, and asks an endpoint
 * that has died only now and then. A lane that waits for its next retry holds no place, so that bad streams don't stop
 * good ones. The rate is kept by GCRA (ITU-T I.371).
 */
export class EndpointGates {
  readonly #gates = new Map<string, Gate>();

  constructor(
    private readonly timers: Timers,
    private readonly limits: GateLimits = DEFAULT_GATE_LIMITS,
  ) {}

  /**
   * In the order of asking. `undefined` when stopped before there was room.
   * @param rateLimit attempts in a second
   */
  async pass(
    feedId: string,
    rateLimit: number | null,
    stop: StopSignal,
    keptIn: KeptIn,
  ): Promise<Gate | undefined> {
    if (stop.stopped) return undefined;
    const gate = this.#gates.get(feedId) ?? newGate(feedId);
    this.#gates.set(feedId, gate);
    if (gate.waiting.length > 0 || !this.#isOpen(gate))
      return this.#wait(gate, { rateLimit, inMemory: keptIn === 'memory' ? 1 : 0 }, stop);
    this.#enter(gate, rateLimit);
    return gate;
  }

  /** Gives a place back. @param outcome `undefined` when the attempt was cut short, which says nothing of the endpoint */
  leave(gate: Gate, outcome: AttemptOutcome['outcome'] | undefined): void {
    gate.taken--;
    if (outcome === 'delivered') gate.failures = 0;
    if (outcome === 'failed') this.#failed(gate);
    this.#admit(gate);
  }

  /** There is no such feed any more, or it has another endpoint: what this one did says nothing of that. */
  forget(feedId: string): void {
    this.#gates.delete(feedId);
  }

  /** How many attempts for what is kept in memory wait for their turn. */
  waiting(feedId: string): number {
    return this.#gates.get(feedId)?.inMemory ?? 0;
  }

  /** Of how many endpoints there is something to remember. */
  get size(): number {
    return this.#gates.size;
  }

  /** Whether an attempt more need not wait for the endpoint to come back to life. */
  isOpenTo(feedId: string): boolean {
    const gate = this.#gates.get(feedId);
    return !gate || !this.#isDead(gate) || (gate.waiting.length === 0 && this.#isOpen(gate));
  }

  #isDead({ failures }: Gate): boolean {
    return failures >= this.limits.deadAfter;
  }

  #isFull(gate: Gate): boolean {
    return gate.taken >= (this.#isDead(gate) ? 1 : this.limits.concurrency);
  }

  #isOpen(gate: Gate): boolean {
    return !this.#isFull(gate) && this.timers.now() >= gate.opensAt;
  }

  #enter(gate: Gate, rateLimit: number | null): void {
    gate.taken++;
    gate.isProbed = this.#isDead(gate);
    if (rateLimit === null) return;
    const interval = 1_000 / rateLimit;
    const saved = this.timers.now() - Math.max(0, BURST_MS - interval);
    gate.opensAt = Math.max(gate.opensAt, saved) + interval;
  }

  #failed(gate: Gate): void {
    // Attempts that were under way when it died say nothing new.
    if (this.#isDead(gate) && !gate.isProbed) return;
    gate.failures++;
    gate.isProbed = false;
    if (!this.#isDead(gate)) return;
    const { deadAfter, probePauseMs, longestProbePauseMs } = this.limits;
    const pause = Math.min(longestProbePauseMs, probePauseMs * 2 ** (gate.failures - deadAfter));
    gate.opensAt = Math.max(gate.opensAt, this.timers.now() + pause);
  }

  #wait(
    gate: Gate,
    { rateLimit, inMemory }: { readonly rateLimit: number | null; readonly inMemory: 0 | 1 },
    stop: StopSignal,
  ): Promise<Gate | undefined> {
    return new Promise((resolve) => {
      const waiting: Waiting = {
        rateLimit,
        admit: () => {
          gate.inMemory -= inMemory;
          unsubscribe();
          resolve(gate);
        },
      };
      gate.waiting.push(waiting);
      gate.inMemory += inMemory;
      const unsubscribe = stop.onStop(() => {
        const index = gate.waiting.indexOf(waiting);
        if (index >= 0) {
          gate.waiting.splice(index, 1);
          gate.inMemory -= inMemory;
        }
        resolve(undefined);
        this.#admit(gate);
      });
      this.#admit(gate);
    });
  }

  #admit(gate: Gate): void {
    while (gate.waiting.length > 0 && this.#isOpen(gate)) {
      const next = gate.waiting.shift();
      if (!next) break;
      this.#enter(gate, next.rateLimit);
      next.admit();
    }
    if (gate.waiting.length > 0) return this.#admitLater(gate);
    gate.alarm?.stop();
    const isUnused = gate.taken === 0 && gate.failures === 0 && gate.opensAt <= this.timers.now();
    if (isUnused && this.#gates.get(gate.feedId) === gate) this.#gates.delete(gate.feedId);
  }

  /** When it is full, whoever leaves admits the next. */
  #admitLater(gate: Gate): void {
    if (gate.alarm || this.#isFull(gate)) return;
    gate.alarm = new StopSignal();
    const opened = this.timers.sleep(Math.max(1, gate.opensAt - this.timers.now()), gate.alarm);
    const open = (): void => {
      gate.alarm = undefined;
      this.#admit(gate);
    };
    inBackground(() => opened.then(open), open);
  }
}

const newGate = (feedId: string): Gate => ({
  feedId,
  taken: 0,
  waiting: [],
  inMemory: 0,
  failures: 0,
  opensAt: 0,
  isProbed: false,
  alarm: undefined,
});
