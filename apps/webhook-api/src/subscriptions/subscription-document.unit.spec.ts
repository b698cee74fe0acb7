import { randomBytes } from 'node:crypto';
import type { Stream } from '#libs/kernel';
import { KEY_BYTES, Sealer } from '#libs/platform';
import { someCreated, SUBSCRIPTION_ID } from '#libs/webhooks/testing';
import { type LiveSubscription, subscriptionDecider } from '#libs/webhooks';
import { revealedSubscription, subscriptionDocument, subscriptionSecret } from './subscription-document.js';

const sealer = new Sealer([randomBytes(KEY_BYTES)]);
const time = '2026-11-21T12:00:00.000Z';

function someStream(given: Parameters<typeof someCreated>[0]): Stream<LiveSubscription> {
  const state = subscriptionDecider.evolve({ status: 'none' }, someCreated(given)) as LiveSubscription;
  return { tenant: 'acme', version: 1, createdAt: time, updatedAt: time, state };
}

describe('the document of a subscription', () => {
  const headers = sealer.seal('{"authorization":"Bearer private"}', SUBSCRIPTION_ID);

  it('has the header names and nothing else that is sealed', () => {
    const shown = subscriptionDocument(someStream({ headers }), sealer);
    expect(shown.headerNames).toEqual(['authorization']);
    expect(JSON.stringify(shown)).not.toMatch(/private|sealed|v1\./);
  });

  it('has everything else if the encryption key is gone', () => {
    const shown = subscriptionDocument(someStream({ headers }), new Sealer([randomBytes(KEY_BYTES)]));
    expect(shown).toMatchObject({ subscriptionId: SUBSCRIPTION_ID, status: 'active' });
    expect(shown).not.toHaveProperty('headerNames');
  });

  it('has the callback URL without its query, which only the secret reveals', () => {
    const secrets = [{ sealed: sealer.seal('whsec_x', SUBSCRIPTION_ID), expiresAt: null }];
    const callbackUrl = 'https://example.com/hook';
    const callbackQuery = sealer.sealComparably('?token=private', SUBSCRIPTION_ID);
    const whole = `${callbackUrl}?token=private`;
    for (const stream of [
      someStream({ callbackUrl, callbackQuery, secrets }),
      someStream({ callbackUrl: whole, callbackQuery: null, secrets }),
    ]) {
      const shown = subscriptionDocument(stream, sealer);
      expect(shown.callbackUrl).toBe(`${callbackUrl}?…`);
      expect(JSON.stringify(shown)).not.toMatch(/private|v1\./);
      expect(revealedSubscription(stream.state, sealer, time)).toEqual({
        secret: 'whsec_x',
        callbackUrl: whole,
      });
    }
    const plain = someStream({ callbackUrl, secrets });
    expect(subscriptionDocument(plain, sealer).callbackUrl).toBe(callbackUrl);
    expect(revealedSubscription(plain.state, sealer, time)).toEqual({ secret: 'whsec_x' });
  });

  it('keeps nulls inside the filter', () => {
    const shown = subscriptionDocument(someStream({ filter: '{"data.a":null}' }), sealer);
    expect(shown).toMatchObject({ filter: { 'data.a': null } });
    expect(shown).not.toHaveProperty('batch');
  });
});

it('the secret comes with those that still sign, without the expired ones', () => {
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
