import type { Explanation } from '../core/explain/explain.js';
import { contradictionOf, type DeliveryTruth, type LaneTruth } from './delivery-truth.fixture.js';

type Outcome = Explanation['outcome'];

const AT = '2026-01-01T00:00:00.000Z';
/** Owed, and nothing was done yet. */
const NOTHING: DeliveryTruth = {
  eventId: 'event',
  isAccepted: false,
  isFinished: false,
  success: undefined,
  owed: { outcome: 'owed' },
  isSure: true,
  skippedAt: undefined,
  stopped: undefined,
  isParked: false,
  lane: undefined,
  hasRetried: false,
  hasDied: false,
};
const LANE: LaneTruth = { frontId: 'event', attempts: 2, retryAt: AT, isSkipped: false };
const behind = { eventId: 'first', eventType: 'order.created', position: 'orders/3@1', attempts: 2 };
const reason = '';

interface Known {
  readonly truth: Partial<DeliveryTruth>;
  readonly told: Explanation;
}

const KNOWN: { readonly [Name in Outcome]: Known } = {
  delivered: {
    truth: { isAccepted: true, isFinished: true, success: { at: AT, attempt: 2 } },
    told: { outcome: 'delivered', deliveredAt: AT, attempt: 2, reason },
  },
  retrying: {
    truth: { isParked: true, isFinished: true, lane: LANE, hasRetried: true },
    told: { outcome: 'retrying', nextAttemptAt: AT, attempts: 2, reason },
  },
  parked: {
    truth: { isParked: true, isFinished: true, lane: { ...LANE, retryAt: null }, hasDied: true },
    told: { outcome: 'parked', attempts: 2, reason },
  },
  blocked: {
    truth: { lane: { ...LANE, frontId: 'first', retryAt: null } },
    told: { outcome: 'blocked', behind, reason },
  },
  skipped: {
    truth: { isFinished: true, skippedAt: AT, hasDied: true },
    told: { outcome: 'skipped', by: 'operator', skippedAt: AT, reason },
  },
  paused: {
    truth: { stopped: { by: 'disabling', since: AT, disabledReason: 'gone' } },
    told: { outcome: 'paused', by: 'disabling', since: AT, disabledReason: 'gone', reason },
  },
  pending: { truth: {}, told: { outcome: 'pending', reason } },
  filtered: {
    truth: { isFinished: true, owed: { outcome: 'filtered', field: 'data.a' } },
    told: { outcome: 'filtered', condition: { field: 'data.a', expected: [1] }, reason },
  },
  'not-subscribed': {
    truth: { isFinished: true, owed: { outcome: 'not-subscribed', eventTypes: ['a', 'b'] } },
    told: { outcome: 'not-subscribed', eventTypes: ['a', 'b'], reason },
  },
  'before-start': {
    truth: { isFinished: true, owed: { outcome: 'before-start', start: 7 } },
    told: { outcome: 'before-start', start: 'orders/3@7', reason },
  },
};
const ALL = Object.entries(KNOWN) as readonly [Outcome, Known][];

const contradiction = (told: Explanation, truth: Partial<DeliveryTruth>) =>
  contradictionOf(told, { ...NOTHING, ...truth });

describe('an explanation contradicts what became of an event', () => {
  it.each(ALL)('that is %s, whatever else it says', (outcome, { truth, told }) => {
    expect(contradiction(told, truth)).toBeUndefined();
    for (const [other, wrong] of ALL)
      if (other !== outcome)
        expect([other, contradiction(wrong.told, truth)]).toEqual([other, expect.any(String)]);
  });

  it.each([
    ['that was delivered', 'delivered', { attempt: 1 }],
    ['that was delivered', 'delivered', { deliveredAt: '2026-01-01T00:00:01.000Z' }],
    ['that is retried', 'retrying', { nextAttemptAt: '2026-01-01T00:00:01.000Z' }],
    ['that is retried', 'retrying', { attempts: 1 }],
    ['that is parked', 'parked', { attempts: 1 }],
    ['that is blocked', 'blocked', { behind: { ...behind, eventId: 'event' } }],
    ['that was skipped', 'skipped', { by: 'policy' }],
    ['that was skipped', 'skipped', { skippedAt: undefined }],
    ['that is paused', 'paused', { by: 'pause' }],
    ['that is paused', 'paused', { disabledReason: undefined }],
    ['that is paused', 'paused', { behind }],
    ['that is pending', 'pending', { behind }],
    ['that is filtered', 'filtered', { condition: { field: 'data.b', expected: [1] } }],
    ['that is not asked for', 'not-subscribed', { eventTypes: ['a'] }],
    ['that was before the start', 'before-start', { start: 'orders/3@8' }],
  ] as const)('%s, if it is %s and says %j', (_, outcome, wrong) => {
    const { truth, told } = KNOWN[outcome];
    expect(contradiction({ ...told, ...wrong } as Explanation, truth)).toMatch(/^its \w+ is /);
  });

  it('that the receiver never accepted, if it is delivered, though the cursor has passed it', () => {
    const told = { outcome: 'delivered', reason } as const;
    expect(contradiction(told, { isFinished: true })).toBe('it was not accepted');
    expect(contradiction(told, { isFinished: true, isAccepted: true })).toBeUndefined();
  });

  it('of whose failures nobody reported, if it is retried or parked', () => {
    for (const outcome of ['retrying', 'parked'] as const) {
      const { truth, told } = KNOWN[outcome];
      for (const isSure of [true, false])
        expect(contradiction(told, { ...truth, isSure, hasRetried: false, hasDied: false })).toMatch(
          /never|not/,
        );
    }
  });

  it('that a change owes, unless it fits before or after the change', () => {
    const late = { isSure: false, isFinished: true, isAccepted: true };
    for (const told of [KNOWN.pending.told, { outcome: 'delivered', reason } as const])
      expect(contradiction(told, late)).toBeUndefined();
    expect(contradiction(KNOWN.filtered.told, late)).toBe('it is delivered or pending');
  });
});
