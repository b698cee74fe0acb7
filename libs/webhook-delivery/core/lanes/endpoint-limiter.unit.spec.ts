import { Asking } from '#libs/event-streaming/testing';

describe('an endpoint', () => {
  it('runs a limited number of attempts at once and the others in order of arrival', async () => {
    const asking = new Asking({ concurrency: 2 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) asking.ask(name);
    await asking.clock.runPending();
    expect(asking.names).toEqual(['a', 'b']);
    asking.leave('feed', 'delivered');
    await asking.clock.runPending();
    expect(asking.names).toEqual(['a', 'b', 'c']);
    asking.leave('feed', 'failed');
    asking.leave('feed', undefined);
    await asking.clock.runPending();
    expect(asking.names).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('counts the attempts that wait in memory, not those in the database', async () => {
    const asking = new Asking({ concurrency: 1 });
    const stop = new AbortController();
    expect(asking.limiters.waiting('feed')).toBe(0);
    asking.ask('under way');
    asking.ask('parked', { keptIn: 'database' });
    asking.ask('stopped', { stop: stop.signal });
    asking.ask('next');
    expect(asking.limiters.waiting('feed')).toBe(2);
    stop.abort();
    expect(asking.limiters.waiting('feed')).toBe(1);
    await asking.clock.runPending();
    asking.leave('feed', 'delivered');
    expect(asking.limiters.waiting('feed')).toBe(1);
    await asking.clock.runPending();
    asking.leave('feed', 'delivered');
    expect(asking.limiters.waiting('feed')).toBe(0);
    await asking.clock.runPending();
    expect(asking.names).toEqual(['under way', 'parked', 'next']);
  });

  it('does not wait for another endpoint', async () => {
    const asking = new Asking({ concurrency: 1 });
    asking.ask('a');
    asking.ask('b', { feed: 'other' });
    await asking.clock.runPending();
    expect(asking.names).toEqual(['a', 'b']);
  });

  it('is forgotten when nothing is in flight', async () => {
    const asking = new Asking({ concurrency: 1 });
    for (let index = 0; index < 100; index++) {
      for (const name of ['a', 'b']) asking.ask(name, { feed: `feed-${index}` });
    }
    await asking.clock.runPending();
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 100; index++) asking.leave(`feed-${index}`, 'delivered');
      await asking.clock.runPending();
    }
    expect(asking.let).toHaveLength(200);
    expect(asking.limiters.size).toBe(0);
  });
});

describe('a rate', () => {
  it('spreads attempts evenly', async () => {
    const asking = new Asking();
    for (let index = 0; index < 5; index++) asking.ask(`${index}`, { rate: 2 });
    await asking.clock.advance(5_000);
    expect(asking.times).toEqual([0, 500, 1_000, 1_500, 2_000]);
  });

  it('holds over any second, including the allowed burst', async () => {
    const asking = new Asking({ concurrency: 1_000 });
    await asking.clock.advance(10_000);
    for (let index = 0; index < 300; index++) asking.ask(`${index}`, { rate: 100 });
    await asking.clock.advance(2_000);
    // Unused requests accumulate for a tenth of a second at most.
    for (const from of asking.times) {
      const within = asking.times.filter((at) => at >= from && at < from + 1_000).length;
      expect(within).toBeLessThanOrEqual(110);
    }
    const [first = 0] = asking.times;
    const inTwoSeconds = asking.times.filter((at) => at < first + 2_000).length;
    expect(inTwoSeconds).toBeGreaterThanOrEqual(200);
  });

  it('does not delay feeds without a rate, except by their place in the queue', async () => {
    const asking = new Asking();
    asking.ask('a', { rate: 1 });
    asking.ask('b', { rate: 1 });
    asking.ask('c');
    await asking.clock.advance(999);
    expect(asking.names).toEqual(['a']);
    await asking.clock.advance(2_000);
    expect(asking.names).toEqual(['a', 'b', 'c']);
  });
});

describe('an endpoint whose circuit is open', () => {
  const limits = { openAfterFailures: 3, openMs: 1_000, longestOpenMs: 3_000 };

  it('is probed after a delay that doubles up to the maximum', async () => {
    const asking = new Asking(limits);
    await asking.fail(3);
    for (const name of ['a', 'b', 'c', 'd']) {
      asking.ask(name);
      asking.ask(`beside ${name}`, { stop: new AbortController().signal });
    }
    for (let probe = 0; probe < 4; probe++) {
      await asking.clock.until(() => asking.let.length > probe);
      expect(asking.let).toHaveLength(probe + 1);
      asking.leave('feed', 'failed');
    }
    const rounded = asking.times.map((at) => Math.floor(at / 100) * 100);
    expect(rounded).toEqual([1_000, 3_000, 6_000, 9_000]);
  });

  it('is not delayed further by attempts in flight when the circuit opened', async () => {
    const asking = new Asking({ ...limits, concurrency: 10 });
    for (let index = 0; index < 10; index++) asking.ask(`${index}`);
    await asking.clock.runPending();
    for (let index = 0; index < 10; index++) asking.leave('feed', 'failed');
    asking.ask('probe');
    await asking.clock.advance(1_100);
    expect(asking.names.at(-1)).toBe('probe');
  });

  it('closes after one success', async () => {
    const asking = new Asking(limits);
    await asking.fail(3);
    expect(asking.limiters.admits('feed')).toBe(false);
    for (const name of ['a', 'b', 'c']) asking.ask(name);
    await asking.clock.advance(1_100);
    expect(asking.names).toEqual(['a']);
    expect(asking.limiters.admits('feed')).toBe(false);
    asking.leave('feed', 'delivered');
    await asking.clock.runPending();
    expect(asking.names).toEqual(['a', 'b', 'c']);
    expect(asking.limiters.admits('feed')).toBe(true);
  });

  it('accepts an attempt that does not want to wait once a probe is due', async () => {
    const asking = new Asking(limits);
    await asking.fail(3);
    await asking.clock.advance(1_000);
    expect(asking.limiters.admits('feed')).toBe(true);
    asking.ask('probe');
    await asking.clock.runPending();
    expect(asking.names).toEqual(['probe']);
    expect(asking.limiters.admits('feed')).toBe(false);
  });

  it('ignores an aborted attempt', async () => {
    const asking = new Asking(limits);
    await asking.fail(2);
    asking.ask('a');
    await asking.clock.runPending();
    asking.leave('feed', undefined);
    asking.ask('b');
    await asking.clock.runPending();
    expect(asking.names).toEqual(['a', 'b']);
  });
});

describe('a feed with a new endpoint', () => {
  it('is sent at once, with limits of its own, whatever the former endpoint does', async () => {
    const asking = new Asking({ openAfterFailures: 3, concurrency: 2 });
    const stop = new AbortController();
    asking.ask('former');
    asking.ask('limited', { rate: 1 });
    await asking.clock.runPending();
    await asking.clock.advance(1_000);
    asking.leave('feed', 'failed');
    await asking.fail(2);
    asking.ask('waits', { stop: stop.signal });
    expect(asking.limiters.admits('feed')).toBe(false);
    asking.limiters.forget('feed');
    expect(asking.limiters.admits('feed')).toBe(true);
    stop.abort();
    for (const name of ['a', 'b', 'c']) asking.ask(name);
    await asking.clock.runPending();
    expect(asking.names.slice(2)).toEqual(['a', 'b']);
    expect(asking.refused).toEqual(['waits']);
    // The former endpoint's last attempt frees no slot here, and its failure does not count.
    asking.leave('feed', 'failed');
    await asking.clock.runPending();
    expect(asking.names.slice(2)).toEqual(['a', 'b']);
    asking.leave('feed', 'delivered');
    asking.leave('feed', 'delivered');
    await asking.clock.runPending();
    asking.leave('feed', 'delivered');
    expect(asking.limiters.size).toBe(0);
  });
});

describe('a stop', () => {
  it('ends an acquire before or during its wait, without taking a slot', async () => {
    const asking = new Asking({ concurrency: 1 });
    const stop = new AbortController();
    asking.ask('a');
    for (const name of ['b', 'c']) asking.ask(name, { stop: stop.signal });
    asking.ask('d');
    await asking.clock.runPending();
    stop.abort();
    asking.ask('e', { stop: stop.signal });
    await asking.clock.runPending();
    expect(asking.refused.toSorted()).toEqual(['b', 'c', 'e']);
    asking.leave('feed', 'delivered');
    await asking.clock.runPending();
    expect(asking.names).toEqual(['a', 'd']);
    asking.leave('feed', 'delivered');
    expect(asking.limiters.size).toBe(0);
  });

  it('leaves no timer behind that would delay the process exit', async () => {
    const asking = new Asking({ openAfterFailures: 1, openMs: 60_000 });
    await asking.fail(1);
    for (const name of ['a', 'b']) asking.ask(name);
    await asking.clock.runPending();
    expect(asking.clock.pending).toBe(1);
    asking.stop.abort();
    await asking.clock.runPending();
    expect(asking.clock.pending).toBe(0);
    asking.ask('c', { stop: new AbortController().signal });
    await asking.clock.advance(60_000);
    expect(asking.names).toEqual(['c']);
  });
});
