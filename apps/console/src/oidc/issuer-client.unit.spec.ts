import { loadSettings } from '#libs/platform';
import { IssuerClient } from './issuer-client.js';

describe('a log-in at an issuer', () => {
  const client = (settings = {}) =>
    new IssuerClient(
      loadSettings({
        OIDC_ISSUER: 'http://127.0.0.1:9',
        OIDC_AUDIENCE: 'orderstream',
        OIDC_CLIENT_ID: 'console',
        ...settings,
      }),
    );
  const log = { state: 's'.repeat(43), nonce: 'n'.repeat(43), verifier: 'v'.repeat(43) };

  // HTTP lets clients send any text as the host.
  it.each(['http://a b', 'http://', 'http://undefined:x', 'http://[::1'])(
    'is refused from %s',
    async (origin) => {
      const refusal = { code: 'malformed-request' };
      await expect(client().begin(origin)).rejects.toMatchObject(refusal);
      await expect(client().accessToken(origin, 'code=x&state=x', log)).rejects.toMatchObject(refusal);
    },
  );
});
