import { z } from 'zod';
import { timestampSchema } from '#libs/contracts';
import { SCOPES, SESSION_KINDS } from '#libs/platform';

/** No API key is longer. */
const MAX_KEY_LENGTH = 200;

export const logInSchema = z
  .strictObject({ apiKey: z.string().min(1).max(MAX_KEY_LENGTH) })
  .meta({ id: 'LogIn', example: { apiKey: 'os_Zm9yLWV4YW1wbGUtb25seQ' } });
export type LogIn = z.output<typeof logInSchema>;

export const openPortalSchema = z
  .strictObject({
    token: z.string().min(1).max(MAX_KEY_LENGTH).describe('What follows `#` in the url of a portal link.'),
  })
  .meta({ id: 'OpenPortal', example: { token: 'Zm9yLWV4YW1wbGUtb25seQ' } });
export type OpenPortal = z.output<typeof openPortalSchema>;

export const sessionDocumentSchema = z
  .object({
    kind: z.enum(SESSION_KINDS).describe('How the session began.'),
    tenant: z.string(),
    actor: z
      .string()
      .describe('The id of the API key, the subject of the access token, or who made the link.'),
    scopes: z.array(z.enum(SCOPES)),
    subscriptionId: z
      .uuid()
      .optional()
      .describe('The only subscription that a portal session sees. Absent: all of the tenant.'),
    csrfToken: z
      .string()
      .describe('Send it in the header `X-CSRF-Token` of every request but `GET` and `HEAD`.'),
    expiresAt: timestampSchema.describe(
      'When the session ends. It ends before if it is not used for an hour.',
    ),
  })
  .meta({ id: 'Session' });
export type SessionDocument = z.output<typeof sessionDocumentSchema>;

export const LOG_IN_METHODS = ['api-key', 'oidc', 'development-key'] as const;

export const logInOptionsSchema = z
  .object({ methods: z.array(z.enum(LOG_IN_METHODS)).describe('The ways to log in that work here.') })
  .meta({ id: 'LogInOptions' });
export type LogInOptions = z.output<typeof logInOptionsSchema>;
