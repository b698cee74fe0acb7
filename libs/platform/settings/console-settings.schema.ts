import { z } from 'zod';
import { SCOPES } from '../auth/scopes.js';
import { isOrigin, list } from './setting-values.js';

/** What RFC 6749 allows in a list of scopes. */
const SCOPE_LIST = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

/** The settings of the console: how people log in, and who may embed the portal. */
export const consoleSettings = {
  OIDC_CLIENT_ID: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .describe(
      'Lets people log in to the console at OIDC_ISSUER, as this client. Its redirect URI is PUBLIC_URL followed by ' +
        '/v1/session/oidc/callback.',
    ),
  OIDC_CLIENT_SECRET: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .describe('Secret of that client. Without it, the client is a public one, which PKCE protects.'),
  OIDC_LOG_IN_SCOPE: z
    .string()
    .regex(SCOPE_LIST, 'must be scopes separated by one space each')
    .default(['openid', ...SCOPES].join(' '))
    .describe('Scopes that the console asks the issuer for when somebody logs in.'),
  CONSOLE_DEVELOPMENT_KEY_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File with an API key with which anybody on this machine may log in to the console, as an operator too. For ' +
        'development only: `npm start` sets it.',
    ),
  PORTAL_FRAME_ANCESTORS: list(isOrigin, 'must be origins such as https://shop.example, separated by commas')
    .default([])
    .describe(
      'Origins whose pages may embed the portal in a frame, separated by commas. The cookie of a portal session is then ' +
        'one that browsers keep apart for each embedding site, and needs https. Default: none.',
    ),
};
