import type { AttemptOutcome } from '../core/ports.js';
import { subscriptionTo } from '../testing/attempt-request.fixture.js';
import { withoutSentSecrets } from './sent-secrets.js';

describe('an answer that repeats the request', () => {
  const subscription = subscriptionTo('https://example.com/hook?key=query%20secret&mode=a', {
    headers: { authorization: 'Bearer token-secret', 'x-key': 'quoted "secret"', 'x-mode': 'test' },
  });
  const logged = (answer: string, answerHeaders = {}): AttemptOutcome =>
    withoutSentSecrets({ outcome: 'delivered', status: 200, answer, answerHeaders }, subscription);

  it.each([
    'authorization: Bearer token-secret',
    '{"bearer":"token-secret"}',
    JSON.stringify({ headers: subscription.headers }),
    'GET /hook?key=query%20secret&mode=a',
    '{"query":{"key":"query secret"}}',
    'Bearer token-sec',
    'cut off: toke',
  ])('has none of the secrets in it: %s', (answer) => {
    const outcome = logged(answer, { 'x-echo': answer, link: [answer] });
    expect(JSON.stringify(outcome)).not.toMatch(/token|toke\b|secret|query%20/);
    expect(JSON.stringify(outcome)).toContain('[redacted]');
  });

  it('is left alone otherwise', () => {
    const answer = 'ok, mode: test, a token was missing';
    expect(logged(answer, { etag: '"1"' })).toEqual({
      outcome: 'delivered',
      status: 200,
      answer,
      answerHeaders: { etag: '"1"' },
    });
    const failed = { outcome: 'failed', reason: 'timeout' } as const;
    expect(withoutSentSecrets(failed, subscription)).toBe(failed);
  });
});
