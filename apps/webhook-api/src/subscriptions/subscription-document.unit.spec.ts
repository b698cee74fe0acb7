import { randomBytes } from 'node:crypto';
import type { Stream } from '#libs/kernel';
import { KEY_BYTES, Sealer } from '#libs/platform';
import { someCreated, SUBSCRIPTION_ID } from '#libs/testing';
import { type LiveSubscription, subscriptionDecider } from '#libs/webhooks';
import { subscriptionDocument, subscriptionSecret } from './subscription-document.js';

const sealer = new Sealer([randomBytes(KEY_BYTES)]);
const time = '2026-11-21T12:00:00.000Z';

function someStream(given: Parameters<typeof someCreated>[0]): Stream<LiveSubscription> {
  const state = subscriptionDecider.evolve({ status: 'none' }, someCreated(given)) as LiveSubscription;
  return { tenant: 'acme', version: 1, createdAt: time, updatedAt: time, state };
}

describe('what is shown of a subscription', () => {
  const headers = sealer.seal('{"authorization":"Bearer private"}', SUBSCRIPTION_ID);

  it('has the names of its headers, and nothing else that is sealed', () => {
    const shown = subscriptionDocument(someStream({ headers }), sealer);
    expect(shown.headerNames).toEqual(['authorization']);
    expect(JSON.stringify(shown)).not.toMatch(/private|sealed|v1\./);
  });

  it('is all the rest, where the key has gone', () => {
    const shown = subscriptionDocument(someStream({ headers }), new Sealer([randomBytes(KEY_BYTES)]));
    expect(shown).toMatchObject({ subscriptionId: SUBSCRIPTION_ID, status: 'active' });
    expect(shown).not.toHaveProperty('headerNames');
  });

  it('keeps nulls that are values', () => {
    const shown = subscriptionDocument(someStream({ filter: '{"data.a":null}' }), sealer);
    expect(shown).toMatchObject({ filter: { 'data.a': null } });
    expect(shown).not.toHaveProperty('batch');
  });
});

it('a secret is told with those that sign on, and not with those that have expired', () => {
  const sealed = (text: string) => sealer.seal(text, SUBSCRIPTION_ID);
  const { state } = someStream({
    secrets: [
      { sealed: sealed('present'), expiresAt: null },
      { sealed: sealed('old'), expiresAt: '2026-11-21T12:00:00.001Z' },
      { sealed: sealed('older'), expiresAt: time },
    ],
  });
  expect(subscriptionSecret(state, sealer, time)).toEqual({
    secret: 'present',
    expiringSecrets: [{ secret: 'old', expiresAt: '2026-11-21T12:00:00.001Z' }],
  });
});
