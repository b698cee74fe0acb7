import type { Subscription } from '#libs/webhooks';
import type { AttemptOutcome } from '../ports.js';
import { subscriptionOf } from './dispatch-harness.fixture.js';
import { DELIVERED, failed } from './scripted-client.fixture.js';
import { FakeTimers } from './fake-timers.fixture.js';
import { StopSignal } from '../timing/stop-signal.js';
import {
  DEFAULT_GATE_LIMITS,
  EndpointGates,
  type Gate,
  type GateLimits,
  type KeptIn,
} from '../lanes/endpoint-gate.js';

const OUTCOMES = { delivered: DELIVERED, failed: failed(500) };

/** Asks for attempts, and tells which were let through and when. */
export class Asking {
  readonly timers = new FakeTimers();
  readonly gates: EndpointGates;
  readonly stop = new StopSignal();
  readonly let: { readonly name: string; readonly at: number }[] = [];
  readonly refused: string[] = [];
  readonly postponed: { readonly name: string; readonly ms: number }[] = [];
  readonly #start = this.timers.now();
  /** Under way, by feed. */
  readonly #passed = new Map<string, Gate[]>();

  constructor(limits: Partial<GateLimits> = {}) {
    this.gates = new EndpointGates(this.timers, { ...DEFAULT_GATE_LIMITS, ...limits });
  }

  get names(): string[] {
    return this.let.map(({ name }) => name);
  }

  get times(): number[] {
    return this.let.map(({ at }) => at);
  }

  ask(
    name: string,
    {
      feed = 'feed',
      rate = null,
      stop = this.stop,
      keptIn = 'memory',
      to = {},
    }: {
      feed?: string;
      rate?: number | null;
      stop?: StopSignal;
      keptIn?: KeptIn;
      to?: Partial<Subscription>;
    } = {},
  ): void {
    const subscription = subscriptionOf({ subscriptionId: feed, rateLimit: rate, ...to });
    void this.gates.pass({ feedId: feed, subscription }, stop, keptIn).then((gate) => {
      if (!gate) return this.refused.push(name);
      if ('postponedMs' in gate) return this.postponed.push({ name, ms: gate.postponedMs });
      this.#passed.set(feed, [...(this.#passed.get(feed) ?? []), gate]);
      return this.let.push({ name, at: this.timers.now() - this.#start });
    });
  }

  /** The attempt ends that has been under way for longest. */
  leave(feed: string, ended: AttemptOutcome | AttemptOutcome['outcome'] | undefined): void {
    const [gate, ...others] = this.#passed.get(feed) ?? [];
    this.#passed.set(feed, others);
    this.gates.leave(gate!, typeof ended === 'string' ? OUTCOMES[ended] : ended);
  }

  /** Attempts that fail, one after the other, each as soon as it may. */
  async fail(times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      const feed = { feedId: 'feed', subscription: subscriptionOf() };
      const gate = await this.gates.pass(feed, this.stop, 'memory');
      this.gates.leave(gate as Gate, OUTCOMES.failed);
    }
  }
}
