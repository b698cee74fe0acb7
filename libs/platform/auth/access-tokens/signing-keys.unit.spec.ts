import { Logger } from '@nestjs/common';
import { makeKey, type SigningKey, TokenIssuer } from './token-issuer.fixture.js';

beforeAll(() => Logger.overrideLogger(false));

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

let key: SigningKey;
let nextKey: SigningKey;
let issuer: TokenIssuer;
beforeAll(async () => {
  [key, nextKey] = await Promise.all([makeKey('key-1'), makeKey('key-2')]);
});
beforeEach(() => {
  issuer = new TokenIssuer(key);
});
afterEach(() => issuer.keys.stop());

const outcomeOf = (token: string): Promise<string> =>
  issuer.tokens.principalOf(token).then(
    () => 'accepted',
    ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
  );
const UNKNOWN = 'unauthorized: The access token is signed by an unknown key.';
const UNAVAILABLE = 'unavailable: The issuer of access tokens has not given its keys yet.';

/** Signed now, good for long. */
const longLived = (by: SigningKey): Promise<string> => issuer.sign({ exp: issuer.now + 30 * 86_400 }, {}, by);

describe('the keys of an issuer', () => {
  it('are fetched once for many tokens, and again in the background', async () => {
    issuer.keys.start();
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, n) => issuer.sign({ sub: `user-${n}` })));
    expect(new Set(await Promise.all(tokens.map(outcomeOf)))).toEqual(new Set(['accepted']));
    expect(issuer.fetches).toBe(1);
    await issuer.clock.advance(HOUR_MS);
    expect(issuer.fetches).toBeGreaterThanOrEqual(5);
    expect(issuer.fetches).toBeLessThanOrEqual(8);
  });

  it.each([11 * MINUTE_MS, HOUR_MS, 6 * DAY_MS])('are used while it has been away for %d ms', async (ms) => {
    const [seen, unseen] = await Promise.all([longLived(key), longLived(key)]);
    issuer.keys.start();
    expect(await outcomeOf(seen)).toBe('accepted');
    issuer.isAway = true;
    await issuer.clock.advance(ms);
    expect(await outcomeOf(seen)).toBe('accepted');
    expect(await outcomeOf(unseen)).toBe('accepted');
  });

  it('are given up after a week, and taken again when it is back', async () => {
    const token = await longLived(key);
    issuer.keys.start();
    expect(await outcomeOf(token)).toBe('accepted');
    issuer.isAway = true;
    await issuer.clock.advance(8 * DAY_MS);
    expect(await outcomeOf(token)).toBe(UNAVAILABLE);
    issuer.isAway = false;
    await issuer.clock.advance(MINUTE_MS);
    expect(await outcomeOf(token)).toBe('accepted');
  });

  it('may be away at the start: then tokens are asked to come again, and are known when they are there', async () => {
    issuer.isAway = true;
    issuer.keys.start();
    const token = await issuer.sign();
    for (let n = 0; n < 100; n++) expect(await outcomeOf(token)).toBe(UNAVAILABLE);
    expect(issuer.fetches).toBeLessThanOrEqual(2);
    issuer.isAway = false;
    await issuer.clock.advance(MINUTE_MS);
    expect(await outcomeOf(token)).toBe('accepted');
  });

  it('are looked up for a key that is not known yet', async () => {
    issuer.keys.start();
    expect(await outcomeOf(await issuer.sign())).toBe('accepted');
    issuer.published = [key.jwk, nextKey.jwk];
    await issuer.clock.advance(11_000);
    expect(await outcomeOf(await issuer.sign({}, {}, nextKey))).toBe('accepted');
    expect(await outcomeOf(await issuer.sign())).toBe('accepted');
    expect(issuer.fetches).toBe(2);
  });

  it.each([false, true])(
    'cause few look-ups, however many unknown keys come; issuer away: %j',
    async (isAway) => {
      issuer.keys.start();
      expect(await outcomeOf(await issuer.sign())).toBe('accepted');
      issuer.isAway = isAway;
      const before = issuer.fetches;
      for (let second = 0; second < 60; second++) {
        await issuer.clock.advance(1_000);
        const tokens = await Promise.all(
          Array.from({ length: 5 }, (_, n) => issuer.sign({}, { kid: `${second}-${n}` }, nextKey)),
        );
        expect(new Set(await Promise.all(tokens.map(outcomeOf)))).toEqual(new Set([UNKNOWN]));
      }
      expect(issuer.fetches - before).toBeLessThanOrEqual(8);
      expect(await outcomeOf(await issuer.sign())).toBe('accepted');
    },
  );

  it('cause no look-up for the tokens of other issuers', async () => {
    issuer.keys.start();
    expect(await outcomeOf(await issuer.sign())).toBe('accepted');
    await issuer.clock.advance(11_000);
    expect(await outcomeOf(await issuer.sign({ iss: 'https://other.example' }, {}, nextKey))).toContain(
      'from another issuer',
    );
    expect(issuer.fetches).toBe(1);
  });

  it('are no longer accepted once they have been withdrawn, not even for a token that was', async () => {
    issuer.published = [key.jwk, nextKey.jwk];
    issuer.keys.start();
    const [token, other] = await Promise.all([longLived(key), longLived(nextKey)]);
    expect([await outcomeOf(token), await outcomeOf(other)]).toEqual(['accepted', 'accepted']);
    issuer.published = [nextKey.jwk];
    await issuer.clock.advance(11 * MINUTE_MS);
    expect([await outcomeOf(token), await outcomeOf(other)]).toEqual([UNKNOWN, 'accepted']);
  });

  it('are all tried where several match', async () => {
    const twins = await Promise.all([
      makeKey('twin'),
      makeKey('twin'),
      makeKey(undefined),
      makeKey(undefined),
    ]);
    issuer.published = twins.map(({ jwk }) => jwk);
    issuer.keys.start();
    for (const twin of twins) expect(await outcomeOf(await issuer.sign({}, {}, twin))).toBe('accepted');
    const forged = await issuer.sign({}, { kid: 'twin' }, nextKey);
    expect(await outcomeOf(forged)).toBe('unauthorized: The signature of the access token is wrong.');
    const expired = await issuer.sign({ exp: 1 }, {}, twins[0]);
    expect(await outcomeOf(expired)).toBe('unauthorized: The access token has expired.');
  });

  it('may be replaced by one with the same name', async () => {
    issuer.keys.start();
    expect(await outcomeOf(await issuer.sign())).toBe('accepted');
    const replaced = await makeKey('key-1');
    issuer.published = [replaced.jwk];
    await issuer.clock.advance(11_000);
    expect(await outcomeOf(await issuer.sign({}, {}, replaced))).toBe('accepted');
  });

  it('accept no token beyond its end, even if it was accepted before', async () => {
    issuer.keys.start();
    const token = await issuer.sign({ exp: issuer.now + 60 });
    expect(await outcomeOf(token)).toBe('accepted');
    await issuer.clock.advance(89_000);
    expect(await outcomeOf(token)).toBe('accepted');
    await issuer.clock.advance(1_000);
    expect(await outcomeOf(token)).toBe('unauthorized: The access token has expired.');
  });

  it('tell an operator when they have not been fetched for long', async () => {
    issuer.keys.start();
    expect(await outcomeOf(await issuer.sign())).toBe('accepted');
    issuer.isAway = true;
    await issuer.clock.advance(30 * MINUTE_MS);
    expect(issuer.keys.notices()).toEqual([]);
    await issuer.clock.advance(HOUR_MS);
    expect(issuer.keys.notices()).toEqual([
      expect.stringMatching(/could not be fetched for \d+ minutes: connect/),
    ]);
    issuer.isAway = false;
    await issuer.clock.advance(MINUTE_MS);
    expect(issuer.keys.notices()).toEqual([]);
  });
});
