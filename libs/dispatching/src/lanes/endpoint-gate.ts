import type { AttemptOutcome, Feed, Timers } from '../ports.js';
import { inBackground } from '../timing/background.js';
import { StopSignal } from '../timing/stop-signal.js';
import { type Endpoint, endpointOf, EndpointPauses, type SparedAddress } from './endpoint-pauses.js';

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

/** The endpoint wants to be spared for so long that the delivery is better kept in the database. */
export interface Postponed {
  readonly postponedMs: number;
}

interface Waiting {
  readonly rateLimit: number | null;
  readonly keptIn: KeptIn;
  readonly resolve: (passage: Gate | Postponed) => void;
}

/** Of one endpoint. Whoever has passed it holds it, and leaves by the same, even when the feed has another one by then. */
export interface Gate {
  readonly feedId: string;
  readonly endpoint: Endpoint;
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
  /** The attempt under way asks, for everyone who sends to the address, whether a pause is really over. */
  probes: SparedAddress<Gate> | undefined;
  /** Set while the time is awaited at which it opens. */
  alarm: StopSignal | undefined;
}

/** A pause up to this is waited for; through a longer one nothing holds a place that others need. */
const SHORT_PAUSE_MS = 1_000;
/** What was not used of a rate may be used at once, as far as it has been saved up in this time. */
const BURST_MS = 100;

/**
 * What one endpoint is spared, and what it may cost: it bounds the attempts under way and their rate, asks an endpoint
 * that has died only now and then, and none that has asked for a pause. A lane that waits for its next retry holds no
 * place, so that bad streams don't stop good ones. The rate is kept by GCRA (ITU-T I.371).
 */
export class EndpointGates {
  readonly #gates = new Map<string, Gate>();
  readonly #pauses: EndpointPauses<Gate>;

  constructor(
    private readonly timers: Timers,
    private readonly limits: GateLimits = DEFAULT_GATE_LIMITS,
  ) {
    this.#pauses = new EndpointPauses<Gate>(timers);
  }

  /** In the order of asking. `undefined` when stopped before there was room. */
  async pass(
    { feedId, subscription }: Pick<Feed, 'feedId' | 'subscription'>,
    stop: StopSignal,
    keptIn: KeptIn,
  ): Promise<Gate | Postponed | undefined> {
    if (stop.stopped) return undefined;
    const { rateLimit } = subscription;
    const gate = this.#gates.get(feedId) ?? newGate(feedId, endpointOf(subscription));
    this.#gates.set(feedId, gate);
    if (gate.waiting.length > 0 || !this.#isOpen(gate)) return this.#wait(gate, { rateLimit, keptIn }, stop);
    this.#enter(gate, rateLimit);
    return gate;
  }

  /** Gives a place back. @param outcome `undefined` when the attempt was cut short, which says nothing of the endpoint */
  leave(gate: Gate, outcome: AttemptOutcome | undefined): void {
    gate.taken--;
    if (outcome?.outcome === 'delivered') gate.failures = 0;
    if (outcome?.outcome === 'failed') this.#failed(gate, outcome.retryAfterMs);
    this.#endProbe(gate, outcome);
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

  /** Whether an attempt more need not wait for the endpoint to come back to life, or for the end of a pause. */
  isOpenTo(feedId: string): boolean {
    const gate = this.#gates.get(feedId);
    if (!gate || !(this.#isDead(gate) || this.#sparedAt(gate))) return true;
    return gate.waiting.length === 0 && this.#isOpen(gate);
  }

  #isDead({ failures }: Gate): boolean {
    return failures >= this.limits.deadAfter;
  }

  #sparedAt({ endpoint }: Gate): SparedAddress<Gate> | undefined {
    return this.#pauses.size === 0 ? undefined : this.#pauses.sparedAt(endpoint);
  }

  #isFull(gate: Gate): boolean {
    const oneAtATime = this.#isDead(gate) || this.#sparedAt(gate) !== undefined;
    return gate.taken >= (oneAtATime ? 1 : this.limits.concurrency);
  }

  #opensAt(gate: Gate): number {
    return Math.max(gate.opensAt, this.#sparedAt(gate)?.until ?? 0);
  }

  #isOpen(gate: Gate): boolean {
    return !this.#isFull(gate) && !this.#sparedAt(gate)?.isProbed && this.timers.now() >= this.#opensAt(gate);
  }

  #enter(gate: Gate, rateLimit: number | null): void {
    gate.taken++;
    gate.isProbed = this.#isDead(gate);
    const spared = this.#sparedAt(gate);
    if (spared) {
      spared.isProbed = true;
      gate.probes = spared;
    }
    if (rateLimit === null) return;
    const interval = 1_000 / rateLimit;
    const saved = this.timers.now() - Math.max(0, BURST_MS - interval);
    gate.opensAt = Math.max(gate.opensAt, saved) + interval;
  }

  #failed(gate: Gate, retryAfterMs = 0): void {
    if (retryAfterMs > 0) this.#pauses.add(gate.endpoint, retryAfterMs);
    // Attempts that were under way when it died say nothing new.
    if (this.#isDead(gate) && !gate.isProbed) return;
    gate.failures++;
    gate.isProbed = false;
    if (!this.#isDead(gate)) return;
    const { deadAfter, probePauseMs, longestProbePauseMs } = this.limits;
    const pause = Math.min(longestProbePauseMs, probePauseMs * 2 ** (gate.failures - deadAfter));
    gate.opensAt = Math.max(gate.opensAt, this.timers.now() + pause);
  }

  /** While a gate probes, it has no other attempt under way, so whoever leaves is the probe. */
  #endProbe(gate: Gate, outcome: AttemptOutcome | undefined): void {
    const probed = gate.probes;
    if (!probed) return;
    gate.probes = undefined;
    probed.isProbed = false;
    if (outcome?.outcome === 'delivered') this.#pauses.succeeded(gate.endpoint, probed);
    // After a failure the next probe is another's, so that one bad delivery does not stand for the whole address.
    const blocked = [...probed.blocked];
    probed.blocked.clear();
    for (const other of blocked) this.#admit(other);
  }

  #wait(
    gate: Gate,
    { rateLimit, keptIn }: Pick<Waiting, 'rateLimit' | 'keptIn'>,
    stop: StopSignal,
  ): Promise<Gate | Postponed | undefined> {
    return new Promise((resolve) => {
      const waiting: Waiting = {
        rateLimit,
        keptIn,
        resolve: (passage) => {
          unsubscribe();
          resolve(passage);
        },
      };
      gate.waiting.push(waiting);
      if (keptIn === 'memory') gate.inMemory++;
      const unsubscribe = stop.onStop(() => {
        const index = gate.waiting.indexOf(waiting);
        if (index >= 0) this.#remove(gate, index);
        resolve(undefined);
        this.#admit(gate);
      });
      this.#admit(gate);
    });
  }

  #remove(gate: Gate, index: number): Waiting | undefined {
    const [removed] = gate.waiting.splice(index, 1);
    if (removed?.keptIn === 'memory') gate.inMemory--;
    return removed;
  }

  #admit(gate: Gate): void {
    while (gate.waiting.length > 0 && this.#isOpen(gate)) {
      const next = this.#remove(gate, 0);
      if (!next) break;
      this.#enter(gate, next.rateLimit);
      next.resolve(gate);
    }
    this.#postpone(gate);
    if (gate.waiting.length > 0) return this.#admitLater(gate);
    gate.alarm?.stop();
    const isUnused = gate.taken === 0 && gate.failures === 0 && !this.#sparedAt(gate);
    if (isUnused && gate.opensAt <= this.timers.now() && this.#gates.get(gate.feedId) === gate)
      this.#gates.delete(gate.feedId);
  }

  /** What waits in the database needs no place here while the endpoint is spared. */
  #postpone(gate: Gate): void {
    const postponedMs = (this.#sparedAt(gate)?.until ?? 0) - this.timers.now();
    if (postponedMs <= SHORT_PAUSE_MS) return;
    for (let index = gate.waiting.length - 1; index >= 0; index--) {
      if (gate.waiting[index]?.keptIn === 'database') this.#remove(gate, index)?.resolve({ postponedMs });
    }
  }

  /** When it is full, whoever leaves admits the next; likewise when only another gate's probe is in the way. */
  #admitLater(gate: Gate): void {
    if (gate.alarm || this.#isFull(gate)) return;
    const opensInMs = this.#opensAt(gate) - this.timers.now();
    const spared = this.#sparedAt(gate);
    if (spared?.isProbed && opensInMs <= 0) {
      spared.blocked.add(gate);
      return;
    }
    gate.alarm = new StopSignal();
    const opened = this.timers.sleep(Math.max(1, opensInMs), gate.alarm);
    const open = (): void => {
      gate.alarm = undefined;
      this.#admit(gate);
    };
    inBackground(() => opened.then(open), open);
  }
}

const newGate = (feedId: string, endpoint: Endpoint): Gate => ({
  feedId,
  endpoint,
  taken: 0,
  waiting: [],
  inMemory: 0,
  failures: 0,
  opensAt: 0,
  isProbed: false,
  probes: undefined,
  alarm: undefined,
});
