import { DEFAULT_RETRY_POLICY } from '#libs/webhooks';
import { createSubscriptionSchema } from './webhook-subscription.schemas.js';

const SMALLEST = { callbackUrl: 'https://example.com/hook', eventTypes: ['*'] };

/** The paths of what is wrong, as JSON pointers. */
function faults(body: object): string[] {
  const { error } = createSubscriptionSchema.safeParse(body);
  return (error?.issues ?? []).map(({ path }) => path.map((segment) => `/${String(segment)}`).join(''));
}

describe('a new subscription', () => {
  it('has defaults for all but where and what', () => {
    expect(createSubscriptionSchema.parse(SMALLEST)).toEqual({
      ...SMALLEST,
      ordering: 'stream',
      onExhausted: 'park',
      startFrom: 'now',
      retry: DEFAULT_RETRY_POLICY,
    });
    const { retry } = createSubscriptionSchema.parse({ ...SMALLEST, retry: { timeoutMs: 500 } });
    expect(retry).toEqual({ ...DEFAULT_RETRY_POLICY, timeoutMs: 500 });
  });

  it.each([['*'], ['order.*'], ['order.updated'], ['order.created']])('can ask for %s', (pattern) => {
    expect(faults({ ...SMALLEST, eventTypes: [pattern] })).toEqual([]);
    expect(faults({ callbackUrl: SMALLEST.callbackUrl, eventType: pattern })).toEqual([]);
  });

  it.each<[string, object, string[]]>([
    ['no event types', { eventTypes: undefined }, ['/eventTypes']],
    ['event types twice', { eventType: '*' }, ['/eventTypes']],
    ['an unknown event type', { eventTypes: ['*', 'tea.*'] }, ['/eventTypes/1']],
    ['an unknown single event type', { eventTypes: undefined, eventType: 'order.eaten' }, ['/eventType']],
    ['a start that is not offered yet', { startFrom: { time: '2026-01-01T00:00:00Z' } }, ['/startFrom']],
    ['an ordering that is not offered yet', { ordering: 'partition' }, ['/ordering']],
    ['a policy that is not offered yet', { onExhausted: 'skip' }, ['/onExhausted']],
    ['a short secret', { secret: 'whsec_YWJj' }, ['/secret']],
    ['a number as text', { retry: { maxAttempts: '3' } }, ['/retry/maxAttempts']],
    ['too much patience', { retry: { timeoutMs: 3_600_000 } }, ['/retry/timeoutMs']],
    ['no URL', { callbackUrl: undefined }, ['/callbackUrl']],
  ])('is refused with %s', (_, wrong, pointers) => {
    expect(faults({ ...SMALLEST, ...wrong })).toEqual(pointers);
  });
});
