import { failed } from '../../testing/scripted-client.fixture.js';
import { DEFAULT_ENDPOINT_LIMITS } from './endpoint-limiter.js';
import { Asking } from '#libs/event-streaming/testing';

describe('an endpoint that asks for a pause', () => {
  const spare = (ms: number) => failed(503, ms);

  async function spared(ms: number) {
    const asking = new Asking();
    asking.ask('first');
    await asking.clock.runPending();
    asking.leave('feed', spare(ms));
    return asking;
  }

  it('gets no attempt until then, then one, and those of all lanes after a success', async () => {
    const asking = await spared(5_000);
    expect(asking.limiters.admits('feed')).toBe(false);
    for (const name of ['a', 'b', 'c']) asking.ask(name);
    await asking.clock.advance(4_999);
    expect(asking.names).toEqual(['first']);
    await asking.clock.advance(1);
    expect(asking.names).toEqual(['first', 'a']);
    asking.leave('feed', 'delivered');
    await asking.clock.runPending();
    expect(asking.names).toEqual(['first', 'a', 'b', 'c']);
    for (let left = 0; left < 2; left++) asking.leave('feed', 'delivered');
    expect(asking.limiters.size).toBe(0);
  });

  it('gets one attempt at a time as long as it asks for more pauses', async () => {
    const asking = await spared(5_000);
    for (const name of ['a', 'b', 'c']) asking.ask(name);
    await asking.clock.advance(5_000);
    asking.leave('feed', spare(5_000));
    await asking.clock.advance(4_000);
    expect(asking.names).toEqual(['first', 'a']);
    await asking.clock.advance(1_000);
    expect(asking.names).toEqual(['first', 'a', 'b']);
    asking.leave('feed', 'failed');
    await asking.clock.runPending();
    expect(asking.names).toEqual(['first', 'a', 'b', 'c']);
  });

  it('gets the longest pause that it asked for, whatever was in flight', async () => {
    const asking = new Asking();
    for (const name of ['a', 'b', 'c']) asking.ask(name);
    await asking.clock.runPending();
    asking.leave('feed', spare(5_000));
    asking.leave('feed', spare(1_000));
    asking.leave('feed', 'delivered');
    asking.ask('d');
    asking.ask('e');
    await asking.clock.advance(4_999);
    expect(asking.names).toEqual(['a', 'b', 'c']);
    await asking.clock.advance(1);
    expect(asking.names).toEqual(['a', 'b', 'c', 'd']);
  });

  it('stays at one attempt at a time until one is delivered, however many fail', async () => {
    const asking = await spared(4_000);
    const names = Array.from({ length: 20 }, (_, index) => `${index}`);
    for (const name of names) asking.ask(name);
    await asking.clock.advance(4_000);
    for (let failures = 1; failures <= 5; failures++) {
      expect(asking.let).toHaveLength(1 + failures);
      asking.leave('feed', failures === 3 ? undefined : 'failed');
      await asking.clock.runPending();
    }
    asking.leave('feed', 'delivered');
    await asking.clock.runPending();
    expect(asking.let).toHaveLength(1 + 6 + DEFAULT_ENDPOINT_LIMITS.concurrency - 2);
  });

  it('is probed once for all feeds, by each in turn, and resumes all of them after a success', async () => {
    const asking = await spared(4_000);
    for (const round of [1, 2])
      for (const feed of ['feed', 'b', 'c', 'd']) asking.ask(`${feed} ${round}`, { feed });
    await asking.clock.advance(4_000);
    for (const feed of ['feed', 'b', 'c', 'd', 'feed']) {
      expect(asking.names.at(-1)).toMatch(new RegExp(`^${feed} `));
      asking.leave(feed, feed === 'c' ? undefined : 'failed');
      await asking.clock.runPending();
    }
    expect(asking.names).toEqual(['first', 'feed 1', 'b 1', 'c 1', 'd 1', 'feed 2', 'b 2']);
    asking.leave('b', 'delivered');
    await asking.clock.runPending();
    expect(asking.names.slice(7)).toEqual(['c 2', 'd 2']);
  });

  it('ignores the success of an attempt that started before the pause', async () => {
    const asking = new Asking();
    asking.ask('slow', { feed: 'b' });
    asking.ask('first');
    await asking.clock.runPending();
    asking.leave('feed', spare(4_000));
    for (const name of ['a', 'b']) asking.ask(name);
    await asking.clock.advance(4_000);
    asking.leave('b', 'delivered');
    await asking.clock.runPending();
    expect(asking.names).toEqual(['slow', 'first', 'a']);
  });

  it('is released by a resume during the probe, and all waiters continue', async () => {
    const asking = await spared(4_000);
    asking.ask('other', { feed: 'other' });
    asking.ask('probe', { feed: 'third' });
    await asking.clock.advance(4_000);
    expect(asking.names).toEqual(['first', 'other']);
    asking.limiters.forget('feed');
    asking.ask('resumed', { to: { endpointRevision: 2 } });
    asking.leave('other', 'failed');
    await asking.clock.runPending();
    expect(asking.names.slice(2).toSorted()).toEqual(['probe', 'resumed']);
  });

  it.each(['HTTPS://EXAMPLE.com:443/hook#x', 'https://example.com/./hook', 'https://example.com/a/../hook'])(
    'is the same for every spelling of its URL: %p',
    async (callbackUrl) => {
      const asking = new Asking();
      asking.ask('first', { to: { callbackUrl: 'https://example.com/hook' } });
      await asking.clock.runPending();
      asking.leave('feed', spare(5_000));
      asking.ask('same', { feed: 'same', to: { callbackUrl } });
      asking.ask('query', { feed: 'query', to: { callbackUrl: 'https://example.com/hook?a' } });
      asking.ask('path', { feed: 'path', to: { callbackUrl: 'https://example.com/Hook' } });
      await asking.clock.runPending();
      expect(asking.names).toEqual(['first', 'query', 'path']);
    },
  );

  it('pauses every feed of the tenant that sends there, and no others', async () => {
    const asking = await spared(5_000);
    asking.ask('replay there', { feed: 'replay', to: { subscriptionId: 'feed' } });
    asking.ask('other subscription there', { feed: 'other' });
    asking.ask('replay elsewhere', { feed: 'moved', to: { callbackUrl: 'https://example.com/other' } });
    asking.ask('other tenant there', { feed: 'stranger', to: { tenant: 'stranger' } });
    await asking.clock.advance(4_999);
    expect(asking.names).toEqual(['first', 'replay elsewhere', 'other tenant there']);
    await asking.clock.advance(1);
    expect(asking.names.slice(3)).toEqual(['replay there']);
    asking.leave('replay', 'delivered');
    await asking.clock.runPending();
    expect(asking.names.slice(4)).toEqual(['other subscription there']);
  });

  it('is tried at once by a subscription that was resumed or moved since', async () => {
    const asking = await spared(5_000);
    asking.limiters.forget('feed');
    asking.ask('resumed', { to: { endpointRevision: 2 } });
    await asking.clock.runPending();
    expect(asking.names).toEqual(['first', 'resumed']);
  });

  it('leaves deliveries waiting in the database, unless the pause ends soon', async () => {
    const asking = await spared(60_000);
    asking.ask('parked', { keptIn: 'database' });
    asking.ask('in memory');
    await asking.clock.runPending();
    expect(asking.postponed).toEqual([{ name: 'parked', ms: 60_000 }]);
    await asking.clock.advance(59_500);
    asking.ask('parked still', { keptIn: 'database' });
    await asking.clock.advance(500);
    asking.leave('feed', 'delivered');
    await asking.clock.runPending();
    expect(asking.names).toEqual(['first', 'in memory', 'parked still']);
    expect(asking.postponed).toHaveLength(1);
  });

  it('can ask for at most a day', async () => {
    const asking = await spared(1_000 * 86_400_000);
    asking.ask('a');
    await asking.clock.advance(86_400_000);
    expect(asking.names).toEqual(['first', 'a']);
  });
});
