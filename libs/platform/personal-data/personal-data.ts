import type { FastifyInstance, FastifyRequest } from 'fastify';
import { withoutPersonalData } from '#libs/contracts';
import { principalOf } from '../auth/caller.js';
import { needsSession } from '../auth/route-access.js';
import { invalidRequest } from '../http/validation.js';
import { hasActOfItsOwn } from '../audit/audited-routes.js';

export const PERSONAL_DATA_HEADER = 'Orderstream-Personal-Data';
const SHOW = 'show';

/** For the description of the API. */
export const personalDataParameter = {
  name: PERSONAL_DATA_HEADER,
  in: 'header' as const,
  required: false,
  description:
    'For sessions of the console: `show` shows the names, e-mail addresses and postal addresses of customers, which are `•••` ' +
    'otherwise. Each such request is recorded in the topic `audit`. API keys and access tokens see them anyway.',
  schema: { type: 'string' as const, pattern: '^show$' },
};

/**
 * Whether a session asks to see personal data. A route that is an act of its own shows none: an act has one name, so nobody
 * could find out later that it did.
 */
export const asksForPersonalData = (request: FastifyRequest): boolean =>
  principalOf(request)?.session !== undefined &&
  request.headers[PERSONAL_DATA_HEADER.toLowerCase()] !== undefined &&
  !needsSession(request) &&
  !hasActOfItsOwn(request);

/**
 * What a document of an answer that is no JSON, such as a line of a stream, looks like to the caller: without personal data for
 * a session that has not asked for it. Answers in JSON need no call: they all go through it.
 */
export const shownTo = (request: FastifyRequest): (<Document>(document: Document) => Document) =>
  hidesPersonalData(request) ? withoutPersonalData : (document) => document;

/** Whether the caller sees no personal data. Bytes that nobody can read, and that may hold some, are left out for it. */
export const hidesPersonalData = (request: FastifyRequest): boolean =>
  principalOf(request)?.session !== undefined && !asksForPersonalData(request);

/** Hides personal data in all answers to sessions. Call it after authentication, and before acts are noted. */
export function hidePersonalData(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const asked = request.headers[PERSONAL_DATA_HEADER.toLowerCase()];
    const isWrong = asked !== undefined && asked !== SHOW && principalOf(request)?.session !== undefined;
    done(
      isWrong ? invalidRequest([{ path: [PERSONAL_DATA_HEADER], message: `must be ${SHOW}` }]) : undefined,
    );
  });
  fastify.addHook('preSerialization', (request, _reply, payload, done) => {
    done(null, shownTo(request)(payload));
  });
}
