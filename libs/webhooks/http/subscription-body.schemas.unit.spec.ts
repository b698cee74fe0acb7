import { DEFAULT_RETRY_POLICY } from '../index.js';
import {
  createSubscriptionSchema,
  rotateSecretSchema,
  updateSubscriptionSchema,
} from './subscription-body.schemas.js';

const SMALLEST = { callbackUrl: 'https://example.com/hook', eventTypes: ['*'] };

/** The JSON pointers of the invalid fields. */
function faults(
  body: object,
  schema: Pick<typeof createSubscriptionSchema, 'safeParse'> = createSubscriptionSchema,
) {
  const { error } = schema.safeParse(body);
  return (error?.issues ?? []).map(({ path }) => path.map((segment) => `/${String(segment)}`).join(''));
}

const ofLength = (length: number, entry: (index: number) => [string, unknown]) =>
  Object.fromEntries(Array.from({ length }, (_, index) => entry(index)));

describe('a new subscription', () => {
  it('has defaults for everything except the callback URL and the event types', () => {
    expect(createSubscriptionSchema.parse(SMALLEST)).toEqual({
      ...SMALLEST,
      ordering: 'stream',
      onExhausted: 'park',
      startFrom: 'now',
      filter: null,
      payload: 'full',
      format: 'native',
      batch: null,
      rateLimit: null,
      retry: DEFAULT_RETRY_POLICY,
      headers: null,
    });
    const { retry } = createSubscriptionSchema.parse({ ...SMALLEST, retry: { timeoutMs: 500 } });
    expect(retry).toEqual({ ...DEFAULT_RETRY_POLICY, timeoutMs: 500 });
  });

  const patterns = [
    '*',
    'order.*',
    'order.updated',
    'order.created',
    'webhook.test',
    'webhook-subscription.*',
  ];
  it.each(patterns)('can ask for %s', (pattern) => {
    expect(faults({ ...SMALLEST, eventTypes: [pattern] })).toEqual([]);
    expect(faults({ callbackUrl: SMALLEST.callbackUrl, eventType: pattern })).toEqual([]);
  });

  it.each<[string, object]>([
    ['another ordering', { ordering: 'none', batch: { maxEvents: 1_000, maxWaitMs: 60_000 } }],
    ['another policy', { onExhausted: 'skip' }],
    ['a start at a time', { startFrom: { time: '2026-01-01T00:00:00+02:00' } }],
    ['a start at positions', { startFrom: { positions: ['orders/3@17'] } }],
    [
      'conditions',
      { filter: { 'data.customer.id': ['a', 'b'], 'metadata.actor': 'c', 'data.reason': null } },
    ],
    [
      'a large filter',
      { filter: { 'data.customer.id': Array.from({ length: 50 }, (_, n) => `c-${n}`.padEnd(300)) } },
    ],
    ['a batch without a wait', { batch: { maxEvents: 1 } }],
    ['extra headers', { headers: { Authorization: 'Bearer x y', 'x-a': '' } }],
  ])('can have %s', (_, more) => expect(faults({ ...SMALLEST, ...more })).toEqual([]));

  it.each<[string, object, string[]]>([
    ['no event types', { eventTypes: undefined }, ['/eventTypes']],
    ['event types twice', { eventType: '*' }, ['/eventTypes']],
    ['an unknown event type', { eventTypes: ['*', 'tea.*'] }, ['/eventTypes/1']],
    ['an unknown single event type', { eventTypes: undefined, eventType: 'order.eaten' }, ['/eventType']],
    ['an unknown start', { startFrom: 'yesterday' }, ['/startFrom']],
    ['an unknown ordering', { ordering: 'loose' }, ['/ordering']],
    ['an unknown policy', { onExhausted: 'weep' }, ['/onExhausted']],
    ['an unknown payload', { payload: 'fat' }, ['/payload']],
    ['an unknown format', { format: 'xml' }, ['/format']],
    ['a short secret', { secret: 'whsec_YWJj' }, ['/secret']],
    ['a number as text', { retry: { maxAttempts: '3' } }, ['/retry/maxAttempts']],
    ['too much patience', { retry: { timeoutMs: 3_600_000 } }, ['/retry/timeoutMs']],
    ['no URL', { callbackUrl: undefined }, ['/callbackUrl']],
    ['an empty batch', { batch: { maxEvents: 0 } }, ['/batch/maxEvents']],
    [
      'too large a batch',
      { batch: { maxEvents: 1_001, maxWaitMs: 60_001 } },
      ['/batch/maxEvents', '/batch/maxWaitMs'],
    ],
    ['a rate of none', { rateLimit: 0 }, ['/rateLimit']],
    ['a rate of too much', { rateLimit: 10_001 }, ['/rateLimit']],
    ['a path to nowhere', { filter: { 'customer.id': 'a' } }, ['/filter/customer.id']],
    [
      'a path that is too long',
      { filter: { [`data.${'a'.repeat(196)}`]: 1 } },
      [`/filter/data.${'a'.repeat(196)}`],
    ],
    ['a condition that is an object', { filter: { 'data.a': { b: 1 } } }, ['/filter/data.a']],
    ['a condition without values', { filter: { 'data.a': [] } }, ['/filter/data.a']],
    [
      'too many values',
      { filter: { 'data.a': Array.from({ length: 51 }, (_, index) => index) } },
      ['/filter/data.a'],
    ],
    ['too many conditions', { filter: ofLength(21, (index) => [`data.a${index}`, 1]) }, ['/filter']],
    [
      'a filter that is too large in total',
      { filter: ofLength(20, (index) => [`data.a${index}`, 'é'.repeat(500)]) },
      ['/filter'],
    ],
    [
      'headers that are too large in total',
      { headers: ofLength(10, (index) => [`x-${index}`, 'a'.repeat(1_000)]) },
      ['/headers'],
    ],
    ['too many headers', { headers: ofLength(21, (index) => [`x-${index}`, 'a']) }, ['/headers']],
    ['a header with a line break', { headers: { 'x-a': 'a\r\nb: c' } }, ['/headers/x-a']],
    ['a header that is too long', { headers: { 'x-a': 'a'.repeat(1_001) } }, ['/headers/x-a']],
    ['an invalid header name', { headers: { 'x a': 'a' } }, ['/headers/x a']],
    ['a header twice', { headers: { 'x-a': 'a', 'X-A': 'b' } }, ['/headers/X-A']],
    ['an unknown field', { colour: 'red' }, ['']],
  ])('is refused with %s', (_, wrong, pointers) => {
    expect(faults({ ...SMALLEST, ...wrong })).toEqual(pointers);
  });

  const reserved =
    'webhook-id Orderstream-Position X-Event-Type content-type content-length Host ' +
    'connection transfer-encoding user-agent traceparent ce-id';
  it.each(reserved.split(' '))('cannot set the header %s', (name) => {
    expect(faults({ ...SMALLEST, headers: { [name]: 'x' } })).toEqual([`/headers/${name}`]);
  });

  it('has its headers in lower case, and null for empty headers and filters', () => {
    const { headers } = createSubscriptionSchema.parse({ ...SMALLEST, headers: { 'X-A': 'B' } });
    expect(headers).toEqual({ 'x-a': 'B' });
    expect(createSubscriptionSchema.parse({ ...SMALLEST, headers: {}, filter: {} })).toMatchObject({
      headers: null,
      filter: null,
    });
  });
});

describe('an update of a subscription', () => {
  it('has only the named settings', () => {
    expect(updateSubscriptionSchema.parse({})).toEqual({});
    const changes = { rateLimit: null, retry: { timeoutMs: 500 }, filter: null };
    expect(updateSubscriptionSchema.parse(changes)).toEqual(changes);
  });

  it.each<[object, string[]]>([
    [{ eventTypes: ['*'], eventType: '*' }, ['/eventTypes']],
    [{ secret: `whsec_${Buffer.alloc(32).toString('base64')}` }, ['']],
    [{ startFrom: 'now' }, ['']],
    [{ retry: { maxAttempts: 0 } }, ['/retry/maxAttempts']],
  ])('is refused: %j', (wrong, pointers) => {
    expect(faults(wrong, updateSubscriptionSchema as never)).toEqual(pointers);
  });
});

describe('a rotation', () => {
  it('overlaps for a day by default', () => {
    expect(rotateSecretSchema.parse({})).toEqual({ overlapSeconds: 86_400 });
    expect(rotateSecretSchema.safeParse({ overlapSeconds: 604_801 }).success).toBe(false);
    expect(rotateSecretSchema.safeParse({ overlapSeconds: -1 }).success).toBe(false);
  });
});
