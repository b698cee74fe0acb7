import type { Feed, FeedRule, LogEvent, Receipt, WebhookEvidence } from '../evidence.js';
import { webhookViolationsIn } from './all-webhook-checks.js';
import { matches } from './owed.js';

const event = (offset: number, streamId: string, version: number, more: Partial<LogEvent> = {}): LogEvent => {
  const eventId = `${streamId}${version}`;
  const type = version === 1 ? 'order.created' : 'order.confirmed';
  return {
    topic: 'orders',
    partition: 0,
    offset,
    key: streamId,
    headers: { id: eventId, type, version },
    type,
    streamId,
    version,
    eventId,
    commandId: `command ${eventId}`,
    occurredAt: offset,
    marker: undefined,
    ...more,
  };
};

/** Two orders in one partition: a1, b1, a2, b2. */
const LOG = [event(0, 'a', 1), event(1, 'b', 1), event(2, 'a', 2), event(3, 'b', 2)];
const placeOf = (id: string) => `orders/0@${LOG.findIndex(({ eventId }) => eventId === id)}`;
const PREVIOUS: Record<string, string> = { b1: 'a1', a2: 'b1', b2: 'a2' };

const receipt = (id: string, at: number, more: Partial<Receipt> = {}): Receipt => ({
  at,
  signedBefore: at,
  replay: null,
  ids: [id],
  position: placeOf(id),
  previous: PREVIOUS[id] ?? null,
  taken: true,
  answered: true,
  ...more,
});

const FEED: Feed = {
  feedId: 'feed',
  name: 'all',
  eventTypes: ['*'],
  versions: undefined,
  ordering: 'stream',
  fromBeginning: true,
  ends: false,
  sentAfter: 0,
  knownBefore: Number.POSITIVE_INFINITY,
  receipts: [receipt('a1', 1), receipt('b1', 2), receipt('b2', 3), receipt('a2', 4)],
  gaps: [],
};

const kinds = (feed: Partial<Feed>, more: Partial<WebhookEvidence> = {}) => {
  const evidence = {
    log: LOG,
    acknowledged: [],
    rules: new Map(),
    interruptions: [],
    delivered: [],
    unsigned: [],
    concurrency: 1,
  };
  return webhookViolationsIn({ ...evidence, feeds: [{ ...FEED, ...feed }], ...more }).map(({ kind }) => kind);
};

const logged = (firstId: string, at: number) => ({ feedId: 'feed', firstId, at });

const failed = { taken: false, answered: false };

describe('the checks of webhooks', () => {
  it('find nothing where all came in order of its lane', () => {
    expect(kinds({})).toEqual([]);
  });

  it('find what never came', () => {
    expect(kinds({ receipts: FEED.receipts.slice(0, 3) })).toEqual(['not-delivered']);
  });

  it('find what was tried, and never taken', () => {
    expect(kinds({ receipts: [...FEED.receipts.slice(0, 3), receipt('a2', 4, failed)] })).toEqual([
      'not-delivered',
    ]);
  });

  it('find an order whose second event came before its first', () => {
    const receipts = [receipt('a2', 1), receipt('a1', 2), receipt('b1', 3), receipt('b2', 4)];
    expect(kinds({ receipts })).toEqual(['overtaken']);
  });

  it('find a later event that was tried while an earlier one of its lane waits', () => {
    const receipts = [receipt('a1', 0, failed), receipt('a2', 1, failed), ...FEED.receipts];
    expect(kinds({ receipts })).toEqual(['overtaken']);
  });

  it('hold the order of the whole partition where that was asked for', () => {
    expect(kinds({ ordering: 'partition' })).toEqual(['overtaken']);
    expect(kinds({ ordering: 'none', receipts: FEED.receipts.toReversed() })).toEqual([]);
  });

  it('take batches in their own order', () => {
    const whole = receipt('b2', 1, { ids: ['a1', 'b1', 'a2', 'b2'], previous: null });
    expect(kinds({ ordering: 'partition', receipts: [whole] })).toEqual([]);
    const mixed = { ...whole, ids: ['b1', 'a1', 'a2', 'b2'] };
    expect(kinds({ ordering: 'partition', receipts: [mixed] })).toEqual(['overtaken', 'chain-broken']);
  });

  it('find an event that is not owed', () => {
    expect(kinds({ receipts: [...FEED.receipts, receipt('c1', 5)] })).toEqual(['not-owed']);
    const receipts = [receipt('a1', 1), receipt('b1', 2), receipt('a2', 3)];
    expect(kinds({ eventTypes: ['order.created'], receipts })).toEqual(['not-owed']);
  });

  it('find a link that is not the event owed before, or no link', () => {
    const [first, second, ...others] = FEED.receipts as [Receipt, Receipt];
    expect(kinds({ receipts: [first, { ...second, previous: 'b2' }, ...others] })).toEqual(['chain-broken']);
    expect(kinds({ receipts: [first, { ...second, previous: null }, ...others] })).toEqual(['chain-broken']);
    expect(kinds({ receipts: [first, { ...second, position: 'orders/0@7' }, ...others] })).toEqual([
      'chain-broken',
    ]);
  });

  it('tell what the receiver still waits for, and what was not signed', () => {
    expect(kinds({ gaps: ['x'] })).toEqual(['gap']);
    expect(kinds({}, { unsigned: [{ feed: 'all', why: 'No matching signature found' }] })).toEqual([
      'not-signed',
    ]);
  });

  it('explain repeats by what was in flight, or not saved, at an interruption', () => {
    const receipts = [...FEED.receipts, receipt('a2', 5_000), receipt('b2', 6_000)];
    const delivered = [logged('b2', 3), logged('a2', 4)];
    expect(kinds({ receipts }, { delivered })).toEqual(['repeated-too-often']);
    const killed = { kind: 'kill', at: 4.5, until: 4.6 };
    expect(kinds({ receipts }, { delivered, interruptions: [killed] })).toEqual([]);
    const before = { ...killed, at: -6_500, until: -6_000 };
    expect(kinds({ receipts }, { delivered, interruptions: [before] })).toEqual(['repeated-too-often']);
    expect(kinds({ receipts }, { delivered, interruptions: [{ ...before, until: 0 }] })).toEqual([]);
  });

  it('let a sender repeat what it was not told in time', () => {
    const [first, ...others] = FEED.receipts as [Receipt];
    const repeated = [first, receipt('a1', 1_500), ...others];
    expect(kinds({ receipts: repeated })).toEqual([]);
    expect(kinds({ receipts: repeated }, { delivered: [logged('a1', 1_502)] })).toEqual([]);
    expect(kinds({ receipts: repeated }, { delivered: [logged('a1', 2)] })).toEqual(['repeated-too-often']);
    const refused = [{ ...first, answered: false }, ...repeated.slice(1)];
    expect(kinds({ receipts: refused }, { delivered: [logged('a1', 1_502)] })).toEqual([]);
  });

  it('let what a sender has given up come late', () => {
    const late = receipt('a1', 9_000, { signedBefore: 0.5 });
    expect(kinds({ receipts: [...FEED.receipts, late] }, { delivered: [logged('a1', 2)] })).toEqual([]);
  });

  describe('of a subscription that begins now', () => {
    const now = { fromBeginning: false, receipts: [receipt('a2', 1, { previous: null }), receipt('b2', 2)] };

    it('take the first that came for its beginning', () => {
      expect(kinds(now)).toEqual([]);
    });

    it('miss what was acknowledged after its answer', () => {
      const acknowledged = [{ position: 'orders/0@1', sentAt: 1, knownAt: 2 }];
      expect(kinds(now, { acknowledged })).toEqual(['not-delivered', 'overtaken', 'chain-broken']);
      expect(kinds({ ...now, sentAfter: 1 }, { acknowledged })).toEqual([]);
    });
  });

  it('let a replay end where it ended, but not before what was known when it was asked for', () => {
    const replay = { ends: true, knownBefore: 10, receipts: FEED.receipts.slice(0, 2) };
    expect(kinds(replay)).toEqual([]);
    const acknowledged = [{ position: 'orders/0@2', sentAt: 8, knownAt: 9 }];
    expect(kinds(replay, { acknowledged })).toEqual(['not-delivered']);
  });

  describe('of a subscription that asks for others from some place on', () => {
    const rule = (from: number, eventTypes: string[], at = from): FeedRule => ({
      from: { 'orders/0': from },
      eventTypes,
      versions: undefined,
      at,
    });
    const judged = (receipts: readonly Receipt[], ...rules: FeedRule[]) =>
      kinds({ receipts }, { rules: new Map([['feed', rules]]) });
    const [a1, b1, b2, a2] = FEED.receipts as [Receipt, Receipt, Receipt, Receipt];
    const first = rule(0, ['order.created']);

    it('miss what it asks for from there on, however late that was heard', () => {
      expect(judged([a1, b1, b2, a2], first, rule(2, ['*']))).toEqual([]);
      expect(judged([a1, b1, b2], first, rule(2, ['*']))).toEqual(['not-delivered']);
      expect(judged([a1, b1, b2], first, rule(3, ['*']))).toEqual([]);
      expect(judged([a1, b1, { ...a2, previous: 'anything' }, b2], first, rule(2, ['*']))).toEqual([]);
    });

    it('let come what it asked for until a change was heard, and no longer', () => {
      const none = rule(2, ['stock.*'], -1);
      const all = rule(0, ['*']);
      expect(judged([a1, b1], all, none)).toEqual([]);
      expect(judged([a1, b1, b2], all, none)).toEqual([]);
      expect(judged([a1, b1, b2], all, { ...none, at: -100_000 })).toEqual(['not-owed']);
    });

    it('find out of order what is owed whether the change was heard or not', () => {
      const orders = rule(1, ['order.*']);
      expect(judged([a2, a1, b1, b2], rule(0, ['*']), orders)).toEqual(['overtaken']);
    });
  });

  it('know what event types mean', () => {
    expect(matches(['order.updated'], 'order.created')).toBe(false);
    expect(matches(['order.updated'], 'order.shipped')).toBe(true);
    expect(matches(['stock.*', 'order.created'], 'stock.reservation-rejected')).toBe(true);
    expect(matches(['stock.received'], 'stock.adjusted')).toBe(false);
  });
});
