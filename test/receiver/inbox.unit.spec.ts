import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { Inbox } from '../../docs/receiver/inbox.mjs';

const secretOf = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
const SECRET = secretOf(1);

/** A request as the dispatcher sends it. */
function request(
  id: string,
  more: { secret?: string; at?: Date; body?: object } & Record<string, unknown> = {},
) {
  const {
    secret = SECRET,
    at = new Date(),
    body = { eventId: id, eventType: 'order.created' },
    ...rest
  } = more;
  const raw = JSON.stringify(body);
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, raw),
    'orderstream-position': 'orders/3@17',
    ...rest,
  };
  return [headers, Buffer.from(raw)] as const;
}

const after = (previous: string) => ({ 'orderstream-previous': previous });
const batch = (ids: readonly string[], more: object = {}) =>
  request(`batch ${ids.join()}`, {
    'x-event-type': 'batch',
    body: { events: ids.map((eventId) => ({ eventId })) },
    ...more,
  });

describe('the example inbox', () => {
  let inbox: Inbox;

  beforeEach(() => {
    inbox = new Inbox([SECRET]);
  });

  const receive = ([headers, body]: ReturnType<typeof request>): string[] => {
    const delivery = inbox.open(headers, body);
    const fresh = inbox.fresh(delivery).map(({ id }) => id);
    inbox.take(delivery);
    return fresh;
  };
  const missing = () => [...inbox.gaps.values()].map((gap) => gap.missing);

  it('accepts signed requests, with signatures that other code can compute', () => {
    expect(receive(request('a'))).toEqual(['a']);
    const [headers, body] = request('b');
    const text = `b.${headers['webhook-timestamp']}.${body.toString()}`;
    const digest = createHmac('sha256', Buffer.alloc(32, 1)).update(text).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${digest}`);
  });

  it.each([
    ['another secret', request('a', { secret: secretOf(2) })],
    ['an old request', request('a', { at: new Date(Date.now() - 301_000) })],
    ['a request from the future', request('a', { at: new Date(Date.now() + 302_000) })],
    ['another body', [request('a')[0], Buffer.from('{}')] as never],
    ['another id', [{ ...request('a')[0], 'webhook-id': 'b' }, request('a')[1]] as never],
    ['no signature', [{ 'webhook-id': 'a' }, request('a')[1]] as never],
  ])('refuses %s', (_, [headers, body]: ReturnType<typeof request>) => {
    expect(() => inbox.open(headers, body)).toThrow();
  });

  it('accepts both secrets during a rotation', () => {
    inbox.secrets = [secretOf(2), SECRET];
    expect(receive(request('a'))).toEqual(['a']);
    expect(receive(request('b', { secret: secretOf(2) }))).toEqual(['b']);
  });

  it('recognises duplicates, live and in each replay', () => {
    const inReplay = { 'orderstream-replay': 'r-1' };
    expect(receive(request('a'))).toEqual(['a']);
    expect(receive(request('a'))).toEqual([]);
    expect(receive(request('a', inReplay))).toEqual(['a']);
    expect(receive(request('a', inReplay))).toEqual([]);
    expect(receive(request('a', { 'orderstream-replay': 'r-2' }))).toEqual(['a']);
  });

  it('recognises duplicates in batches with other boundaries', () => {
    expect(receive(batch(['a', 'b', 'c']))).toEqual(['a', 'b', 'c']);
    expect(receive(batch(['c', 'd'], after('b')))).toEqual(['d']);
    expect(missing()).toEqual([]);
  });

  it('reports a gap until the missing event arrives', () => {
    receive(request('a'));
    receive(request('d', after('c')));
    receive(request('b', after('a')));
    expect(missing()).toEqual(['c']);
    expect([...inbox.gaps.values()]).toEqual([
      { replay: null, missing: 'c', before: 'd', position: 'orders/3@17', since: expect.any(Date) },
    ]);
    receive(request('c', after('b')));
    expect(missing()).toEqual([]);
  });

  it('reports a gap in a replay, whatever arrived live', () => {
    receive(request('a'));
    receive(request('b', { ...after('a'), 'orderstream-replay': 'r-1' }));
    expect(missing()).toEqual(['a']);
  });

  it('stops waiting for a waived event', () => {
    receive(request('b', after('a')));
    inbox.waive(null, 'a');
    expect(missing()).toEqual([]);
    receive(request('c', after('a')));
    expect(missing()).toEqual([]);
  });
});
