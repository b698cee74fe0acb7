import { logInCookie, logInStateOf, noLogInCookie } from './log-in-state.js';

describe('the cookie of a log-in at an issuer', () => {
  const log = { state: 's'.repeat(43), nonce: 'n'.repeat(43), verifier: 'v'.repeat(43) };
  const sent = (line: string) => ({ cookie: `a=b; ${line.split(';', 1)[0] ?? ''}` });

  it('is one that with https only this host can set', () => {
    for (const line of [logInCookie(log, true), noLogInCookie(true)])
      expect(line).toMatch(/^__Host-orderstream_log_in=.*; Path=\/; .*; HttpOnly; SameSite=Lax; Secure$/);
    expect(logInStateOf(sent(logInCookie(log, true)), true)).toEqual(log);
    // Another subdomain could have set this one, to have a browser finish a log-in of its own.
    expect(logInStateOf(sent(logInCookie(log, false)), true)).toBeUndefined();
  });

  it('does without https where there is none', () => {
    expect(logInStateOf(sent(logInCookie(log, false)), false)).toEqual(log);
    expect(logInStateOf(sent(noLogInCookie(false)), false)).toBeUndefined();
    expect(logInStateOf({}, false)).toBeUndefined();
  });
});
