import fc from 'fast-check';
import type { AttemptOutcome } from '../ports.js';
import { subscriptionOf } from '../../testing/dispatch-harness.fixture.js';
import { FakeClock } from '../../testing/fake-clock.fixture.js';
import { DELIVERED, failed } from '../../testing/scripted-client.fixture.js';
import { DEFAULT_ENDPOINT_LIMITS, EndpointLimiters } from './endpoint-limiter.js';

const PAUSE_MS = 4_000;
const PAUSING = failed(503, PAUSE_MS);

type Answer = 'delivered' | 'failed' | 'pausing' | 'cut short';
const OUTCOMES: Record<Answer, AttemptOutcome | undefined> = {
  delivered: DELIVERED,
  failed: failed(500),
  pausing: PAUSING,
  'cut short': undefined,
};

const answer = fc.record({
  outcome: fc.constantFrom<Answer>('delivered', 'failed', 'failed', 'pausing', 'cut short'),
  takesMs: fc.integer({ min: 1, max: 1_500 }),
});
const asked = fc.record({
  feed: fc.constantFrom('a', 'b', 'c', 'd'),
  revision: fc.constantFrom(1, 1, 1, 2),
  afterMs: fc.constantFrom(0, 0, 100, 3_000),
});

describe('an address that asked for a pause', () => {
  it('gets one attempt at a time until one is delivered, and no waiter starves', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(asked, answer), { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        async (steps, hasResumes) => {
          const clock = new FakeClock();
          const limiters = new EndpointLimiters(clock, {
            ...DEFAULT_ENDPOINT_LIMITS,
            openAfterFailures: 10,
          });
          const stop = new AbortController().signal;
          let ended = 0;
          let isSpared = false;
          let pausedUntil = 0;
          const probes = new Set<object>();

          const send = async (
            { feed, revision }: (typeof steps)[0][0],
            { outcome, takesMs }: (typeof steps)[0][1],
          ) => {
            const endpointRevision = hasResumes ? revision : 1;
            const subscription = subscriptionOf({ subscriptionId: feed, endpointRevision });
            const passage = await limiters.acquire(
              { feedId: `${feed} ${endpointRevision}`, subscription },
              stop,
              'memory',
            );
            if (!passage || 'postponedMs' in passage) throw new Error('was not let through');
            const attempt = {};
            if (isSpared && !hasResumes) {
              expect(clock.now()).toBeGreaterThanOrEqual(pausedUntil);
              expect(probes.size).toBe(0);
              probes.add(attempt);
            }
            await clock.sleep(takesMs, stop);
            if (outcome === 'pausing') {
              isSpared = true;
              pausedUntil = Math.max(pausedUntil, clock.now() + PAUSE_MS);
            }
            if (probes.delete(attempt) && outcome === 'delivered' && clock.now() >= pausedUntil)
              isSpared = false;
            limiters.release(passage, OUTCOMES[outcome]);
            ended++;
          };

          const sent: Promise<void>[] = [];
          for (const [who, what] of steps) {
            sent.push(send(who, what));
            await clock.advance(who.afterMs);
          }
          await clock.advance(40 * 70_000);
          expect(ended).toBe(steps.length);
          await Promise.all(sent);
        },
      ),
      { plugins: [fc.interruptAfterTimeLimit(5_000)] },
    );
  }, 60_000);
});
