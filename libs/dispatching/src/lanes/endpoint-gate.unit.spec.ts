import type { Subscription } from '#libs/webhooks';
import type { AttemptOutcome } from '../ports.js';
import { subscriptionOf } from '../testing/dispatch-rig.fixture.js';
import { DELIVERED, failed } from '../testing/scripted-client.fixture.js';
import { FakeTimers } from '../testing/fake-timers.fixture.js';
import { StopSignal } from '../timing/stop-signal.js';
import {
  DEFAULT_GATE_LIMITS,
  EndpointGates,
  type Gate,
  type GateLimits,
  type KeptIn,
} from './endpoint-gate.js';

const OUTCOMES = { delivered: DELIVERED, failed: failed(500) };

/** Asks for attempts, and tells which were let through and when. */
class Asking {
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

describe('an endpoint', () => {
  it('has so many attempts under way and no more; the others come in the order of asking', async () => {
    const asking = new Asking({ concurrency: 2 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) asking.ask(name);
    await asking.timers.settle();
    expect(asking.names).toEqual(['a', 'b']);
    asking.leave('feed', 'delivered');
    await asking.timers.settle();
    expect(asking.names).toEqual(['a', 'b', 'c']);
    asking.leave('feed', 'failed');
    asking.leave('feed', undefined);
    await asking.timers.settle();
    expect(asking.names).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('says how many wait in memory: not those that wait in the database', async () => {
    const asking = new Asking({ concurrency: 1 });
    const stop = new StopSignal();
    expect(asking.gates.waiting('feed')).toBe(0);
    asking.ask('under way');
    asking.ask('held', { keptIn: 'database' });
    asking.ask('stopped', { stop });
    asking.ask('next');
    expect(asking.gates.waiting('feed')).toBe(2);
    stop.stop();
    expect(asking.gates.waiting('feed')).toBe(1);
    await asking.timers.settle();
    asking.leave('feed', 'delivered');
    expect(asking.gates.waiting('feed')).toBe(1);
    await asking.timers.settle();
    asking.leave('feed', 'delivered');
    expect(asking.gates.waiting('feed')).toBe(0);
    await asking.timers.settle();
    expect(asking.names).toEqual(['under way', 'held', 'next']);
  });

  it('does not wait for another', async () => {
    const asking = new Asking({ concurrency: 1 });
    asking.ask('a');
    asking.ask('b', { feed: 'other' });
    await asking.timers.settle();
    expect(asking.names).toEqual(['a', 'b']);
  });

  it('is forgotten when nothing is under way', async () => {
    const asking = new Asking({ concurrency: 1 });
    for (let index = 0; index < 100; index++) {
      for (const name of ['a', 'b']) asking.ask(name, { feed: `feed-${index}` });
    }
    await asking.timers.settle();
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 100; index++) asking.leave(`feed-${index}`, 'delivered');
      await asking.timers.settle();
    }
    expect(asking.let).toHaveLength(200);
    expect(asking.gates.size).toBe(0);
  });
});

describe('a rate', () => {
  it('spreads attempts evenly', async () => {
    const asking = new Asking();
    for (let index = 0; index < 5; index++) asking.ask(`${index}`, { rate: 2 });
    await asking.timers.advance(5_000);
    expect(asking.times).toEqual([0, 500, 1_000, 1_500, 2_000]);
  });

  it('is kept over any second, whatever is saved up', async () => {
    const asking = new Asking({ concurrency: 1_000 });
    await asking.timers.advance(10_000);
    for (let index = 0; index < 300; index++) asking.ask(`${index}`, { rate: 100 });
    await asking.timers.advance(2_000);
    // What can be saved up is worth a tenth of a second.
    for (const from of asking.times) {
      const within = asking.times.filter((at) => at >= from && at < from + 1_000).length;
      expect(within).toBeLessThanOrEqual(110);
    }
    const [first = 0] = asking.times;
    const inTwoSeconds = asking.times.filter((at) => at < first + 2_000).length;
    expect(inTwoSeconds).toBeGreaterThanOrEqual(200);
  });

  it('is not kept from those that have none, but for their place in the queue', async () => {
    const asking = new Asking();
    asking.ask('a', { rate: 1 });
    asking.ask('b', { rate: 1 });
    asking.ask('c');
    await asking.timers.advance(999);
    expect(asking.names).toEqual(['a']);
    await asking.timers.advance(2_000);
    expect(asking.names).toEqual(['a', 'b', 'c']);
  });
});

describe('an endpoint that is dead', () => {
  const limits = { deadAfter: 3, probePauseMs: 1_000, longestProbePauseMs: 3_000 };

  it('is asked by one attempt after a time, then after twice as long, up to the longest', async () => {
    const asking = new Asking(limits);
    await asking.fail(3);
    for (const name of ['a', 'b', 'c', 'd']) {
      asking.ask(name);
      asking.ask(`beside ${name}`, { stop: new StopSignal() });
    }
    for (let probe = 0; probe < 4; probe++) {
      await asking.timers.until(() => asking.let.length > probe);
      expect(asking.let).toHaveLength(probe + 1);
      asking.leave('feed', 'failed');
    }
    const rounded = asking.times.map((at) => Math.floor(at / 100) * 100);
    expect(rounded).toEqual([1_000, 3_000, 6_000, 9_000]);
  });

  it('is not taken for deader by attempts that were under way when it died', async () => {
    const asking = new Asking({ ...limits, concurrency: 10 });
    for (let index = 0; index < 10; index++) asking.ask(`${index}`);
    await asking.timers.settle();
    for (let index = 0; index < 10; index++) asking.leave('feed', 'failed');
    asking.ask('probe');
    await asking.timers.advance(1_100);
    expect(asking.names.at(-1)).toBe('probe');
  });

  it('lives again after one success', async () => {
    const asking = new Asking(limits);
    await asking.fail(3);
    expect(asking.gates.isOpenTo('feed')).toBe(false);
    for (const name of ['a', 'b', 'c']) asking.ask(name);
    await asking.timers.advance(1_100);
    expect(asking.names).toEqual(['a']);
    expect(asking.gates.isOpenTo('feed')).toBe(false);
    asking.leave('feed', 'delivered');
    await asking.timers.settle();
    expect(asking.names).toEqual(['a', 'b', 'c']);
    expect(asking.gates.isOpenTo('feed')).toBe(true);
  });

  it('takes one who does not want to wait when it may be asked', async () => {
    const asking = new Asking(limits);
    await asking.fail(3);
    await asking.timers.advance(1_000);
    expect(asking.gates.isOpenTo('feed')).toBe(true);
    asking.ask('probe');
    await asking.timers.settle();
    expect(asking.names).toEqual(['probe']);
    expect(asking.gates.isOpenTo('feed')).toBe(false);
  });

  it('hears nothing of an attempt that was cut short', async () => {
    const asking = new Asking(limits);
    await asking.fail(2);
    asking.ask('a');
    await asking.timers.settle();
    asking.leave('feed', undefined);
    asking.ask('b');
    await asking.timers.settle();
    expect(asking.names).toEqual(['a', 'b']);
  });
});

describe('an endpoint that asks to be spared', () => {
  const spare = (ms: number) => failed(503, ms);

  async function spared(ms: number) {
    const asking = new Asking();
    asking.ask('first');
    await asking.timers.settle();
    asking.leave('feed', spare(ms));
    return asking;
  }

  it('is asked by no lane until then, then by one, and by all once that has gone well', async () => {
    const asking = await spared(5_000);
    expect(asking.gates.isOpenTo('feed')).toBe(false);
    for (const name of ['a', 'b', 'c']) asking.ask(name);
    await asking.timers.advance(4_999);
    expect(asking.names).toEqual(['first']);
    await asking.timers.advance(1);
    expect(asking.names).toEqual(['first', 'a']);
    asking.leave('feed', 'delivered');
    await asking.timers.settle();
    expect(asking.names).toEqual(['first', 'a', 'b', 'c']);
    for (let left = 0; left < 2; left++) asking.leave('feed', 'delivered');
    expect(asking.gates.size).toBe(0);
  });

  it('is asked by one at a time as long as it asks for more', async () => {
    const asking = await spared(5_000);
    for (const name of ['a', 'b', 'c']) asking.ask(name);
    await asking.timers.advance(5_000);
    asking.leave('feed', spare(5_000));
    await asking.timers.advance(4_000);
    expect(asking.names).toEqual(['first', 'a']);
    await asking.timers.advance(1_000);
    expect(asking.names).toEqual(['first', 'a', 'b']);
    asking.leave('feed', 'failed');
    await asking.timers.settle();
    expect(asking.names).toEqual(['first', 'a', 'b', 'c']);
  });

  it('means the longest that it has asked for, whatever was under way', async () => {
    const asking = new Asking();
    for (const name of ['a', 'b', 'c']) asking.ask(name);
    await asking.timers.settle();
    asking.leave('feed', spare(5_000));
    asking.leave('feed', spare(1_000));
    asking.leave('feed', 'delivered');
    asking.ask('d');
    asking.ask('e');
    await asking.timers.advance(4_999);
    expect(asking.names).toEqual(['a', 'b', 'c']);
    await asking.timers.advance(1);
    expect(asking.names).toEqual(['a', 'b', 'c', 'd']);
  });

  it('stays at one attempt at a time until one is delivered, however many fail', async () => {
    const asking = await spared(4_000);
    const names = Array.from({ length: 20 }, (_, index) => `${index}`);
    for (const name of names) asking.ask(name);
    await asking.timers.advance(4_000);
    for (let failures = 1; failures <= 5; failures++) {
      expect(asking.let).toHaveLength(1 + failures);
      asking.leave('feed', failures === 3 ? undefined : 'failed');
      await asking.timers.settle();
    }
    asking.leave('feed', 'delivered');
    await asking.timers.settle();
    expect(asking.let).toHaveLength(1 + 6 + DEFAULT_GATE_LIMITS.concurrency - 2);
  });

  it('is probed for all feeds together, by each in turn, and takes all of them after a success', async () => {
    const asking = await spared(4_000);
    for (const round of [1, 2])
      for (const feed of ['feed', 'b', 'c', 'd']) asking.ask(`${feed} ${round}`, { feed });
    await asking.timers.advance(4_000);
    for (const feed of ['feed', 'b', 'c', 'd', 'feed']) {
      expect(asking.names.at(-1)).toMatch(new RegExp(`^${feed} `));
      asking.leave(feed, feed === 'c' ? undefined : 'failed');
      await asking.timers.settle();
    }
    expect(asking.names).toEqual(['first', 'feed 1', 'b 1', 'c 1', 'd 1', 'feed 2', 'b 2']);
    asking.leave('b', 'delivered');
    await asking.timers.settle();
    expect(asking.names.slice(7)).toEqual(['c 2', 'd 2']);
  });

  it('takes no success for its own that was under way before the pause', async () => {
    const asking = new Asking();
    asking.ask('slow', { feed: 'b' });
    asking.ask('first');
    await asking.timers.settle();
    asking.leave('feed', spare(4_000));
    for (const name of ['a', 'b']) asking.ask(name);
    await asking.timers.advance(4_000);
    asking.leave('b', 'delivered');
    await asking.timers.settle();
    expect(asking.names).toEqual(['slow', 'first', 'a']);
  });

  it('is freed by a resume during the probe, without leaving anyone waiting', async () => {
    const asking = await spared(4_000);
    asking.ask('other', { feed: 'other' });
    asking.ask('probe', { feed: 'third' });
    await asking.timers.advance(4_000);
    expect(asking.names).toEqual(['first', 'other']);
    asking.gates.forget('feed');
    asking.ask('resumed', { to: { endpointRevision: 2 } });
    asking.leave('other', 'failed');
    await asking.timers.settle();
    expect(asking.names.slice(2).toSorted()).toEqual(['probe', 'resumed']);
  });

  it.each(['HTTPS://EXAMPLE.com:443/hook#x', 'https://example.com/./hook', 'https://example.com/a/../hook'])(
    'is the same one however its URL is written: %p',
    async (callbackUrl) => {
      const asking = new Asking();
      asking.ask('first', { to: { callbackUrl: 'https://example.com/hook' } });
      await asking.timers.settle();
      asking.leave('feed', spare(5_000));
      asking.ask('same', { feed: 'same', to: { callbackUrl } });
      asking.ask('query', { feed: 'query', to: { callbackUrl: 'https://example.com/hook?a' } });
      asking.ask('path', { feed: 'path', to: { callbackUrl: 'https://example.com/Hook' } });
      await asking.timers.settle();
      expect(asking.names).toEqual(['first', 'query', 'path']);
    },
  );

  it('is spared by every feed of the tenant that sends there, and nobody else is held up', async () => {
    const asking = await spared(5_000);
    asking.ask('replay there', { feed: 'replay', to: { subscriptionId: 'feed' } });
    asking.ask('other subscription there', { feed: 'other' });
    asking.ask('replay elsewhere', { feed: 'moved', to: { callbackUrl: 'https://example.com/other' } });
    asking.ask('other tenant there', { feed: 'stranger', to: { tenant: 'stranger' } });
    await asking.timers.advance(4_999);
    expect(asking.names).toEqual(['first', 'replay elsewhere', 'other tenant there']);
    await asking.timers.advance(1);
    expect(asking.names.slice(3)).toEqual(['replay there']);
    asking.leave('replay', 'delivered');
    await asking.timers.settle();
    expect(asking.names.slice(4)).toEqual(['other subscription there']);
  });

  it('is asked again at once by a subscription that was resumed or moved since', async () => {
    const asking = await spared(5_000);
    asking.gates.forget('feed');
    asking.ask('resumed', { to: { endpointRevision: 2 } });
    await asking.timers.settle();
    expect(asking.names).toEqual(['first', 'resumed']);
  });

  it('has what waits in the database wait there, unless it is over soon', async () => {
    const asking = await spared(60_000);
    asking.ask('held', { keptIn: 'database' });
    asking.ask('in memory');
    await asking.timers.settle();
    expect(asking.postponed).toEqual([{ name: 'held', ms: 60_000 }]);
    await asking.timers.advance(59_500);
    asking.ask('held still', { keptIn: 'database' });
    await asking.timers.advance(500);
    asking.leave('feed', 'delivered');
    await asking.timers.settle();
    expect(asking.names).toEqual(['first', 'in memory', 'held still']);
    expect(asking.postponed).toHaveLength(1);
  });

  it('can ask for a day at most', async () => {
    const asking = await spared(1_000 * 86_400_000);
    asking.ask('a');
    await asking.timers.advance(86_400_000);
    expect(asking.names).toEqual(['first', 'a']);
  });
});

describe('a feed that has another endpoint', () => {
  it('is asked at once, at its own rate and number, whatever the former one did or does still', async () => {
    const asking = new Asking({ deadAfter: 3, concurrency: 2 });
    const stop = new StopSignal();
    asking.ask('former');
    asking.ask('limited', { rate: 1 });
    await asking.timers.settle();
    await asking.timers.advance(1_000);
    asking.leave('feed', 'failed');
    await asking.fail(2);
    asking.ask('waits', { stop });
    expect(asking.gates.isOpenTo('feed')).toBe(false);
    asking.gates.forget('feed');
    expect(asking.gates.isOpenTo('feed')).toBe(true);
    stop.stop();
    for (const name of ['a', 'b', 'c']) asking.ask(name);
    await asking.timers.settle();
    expect(asking.names.slice(2)).toEqual(['a', 'b']);
    expect(asking.refused).toEqual(['waits']);
    // The former one's last attempt: no place becomes free by it, and no failure counts.
    asking.leave('feed', 'failed');
    await asking.timers.settle();
    expect(asking.names.slice(2)).toEqual(['a', 'b']);
    asking.leave('feed', 'delivered');
    asking.leave('feed', 'delivered');
    await asking.timers.settle();
    asking.leave('feed', 'delivered');
    expect(asking.gates.size).toBe(0);
  });
});

describe('who is told to stop', () => {
  it('is not let through, whether before or while waiting, and takes no place', async () => {
    const asking = new Asking({ concurrency: 1 });
    const stop = new StopSignal();
    asking.ask('a');
    for (const name of ['b', 'c']) asking.ask(name, { stop });
    asking.ask('d');
    await asking.timers.settle();
    stop.stop();
    asking.ask('e', { stop });
    await asking.timers.settle();
    expect(asking.refused.toSorted()).toEqual(['b', 'c', 'e']);
    asking.leave('feed', 'delivered');
    await asking.timers.settle();
    expect(asking.names).toEqual(['a', 'd']);
    asking.leave('feed', 'delivered');
    expect(asking.gates.size).toBe(0);
  });

  it('leaves no timer behind, which would hold up the end of the process', async () => {
    const asking = new Asking({ deadAfter: 1, probePauseMs: 60_000 });
    await asking.fail(1);
    const sleep = asking.timers.sleep.bind(asking.timers);
    const sleeping = new Set<Promise<void>>();
    asking.timers.sleep = (ms, stop) => {
      const slept = sleep(ms, stop);
      sleeping.add(slept);
      void slept.then(() => sleeping.delete(slept));
      return slept;
    };
    for (const name of ['a', 'b']) asking.ask(name);
    await asking.timers.settle();
    expect(sleeping.size).toBe(1);
    asking.stop.stop();
    await asking.timers.settle();
    expect(sleeping.size).toBe(0);
    asking.ask('c', { stop: new StopSignal() });
    await asking.timers.advance(60_000);
    expect(asking.names).toEqual(['c']);
  });
});
