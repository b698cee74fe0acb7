import { describe, expect, it } from '@jest/globals';
import type { Subscription } from '../subscription';
import { changesOf, draftOf, NEW_DRAFT } from './draft';

const subscription: Subscription = {
  subscriptionId: '01910000-0000-7000-8000-000000000000',
  version: 3,
  callbackUrl: 'https://example.com/hooks?…',
  eventTypes: ['order.*'],
  status: 'active',
  ordering: 'stream',
  onExhausted: 'park',
  startFrom: 'now',
  payload: 'full',
  format: 'native',
  filter: { 'data.customerId': ['c-1', 12] },
  retry: { maxAttempts: 20, initialDelayMs: 5_000, maxDelayMs: 21_600_000, timeoutMs: 15_000 },
  createdAt: '2026-01-31T12:00:00.000Z',
  updatedAt: '2026-01-31T12:00:00.000Z',
};
const before = draftOf(subscription);

describe('the changes of a form', () => {
  it('are none while nobody has touched it', () => {
    expect(changesOf(before, draftOf(subscription))).toEqual({});
  });

  it('are the settings that differ, and no other', () => {
    expect(changesOf(before, { ...before, rateLimit: 5, conditions: [] })).toEqual({
      rateLimit: 5,
      filter: null,
    });
  });

  it('keep headers whose values nobody has seen, unless they are replaced', () => {
    expect(changesOf(before, { ...before, payload: 'thin' })).not.toHaveProperty('headers');
    expect(changesOf(before, { ...before, headers: [] })).toEqual({ headers: null });
    const headers = [
      { name: ' x-team ', value: ' red ' },
      { name: '', value: 'lost' },
    ];
    expect(changesOf(before, { ...before, headers })).toEqual({ headers: { 'x-team': 'red' } });
  });

  it('of a new webhook begin without an address', () => {
    expect(NEW_DRAFT.callbackUrl).toBe('');
  });
});
