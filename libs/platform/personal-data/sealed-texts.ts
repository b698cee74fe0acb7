import type { FastifyInstance, FastifyRequest } from 'fastify';
import { principalOf } from '../auth/caller.js';
import { hidesPersonalData } from './personal-data.js';

/** Reads the data of every tenant. */
export const EVERY_TENANT = Symbol('every-tenant');
/** A tenant, which reads its own data only. */
export type Reader = string | typeof EVERY_TENANT;

/** Opens the personal data that is sealed in events and tables. */
export interface SealedTexts {
  /**
   * JSON, or a text with JSON in it, in which what is sealed is open for the reader. Immediate unless a key has to be looked
   * up; rejects while the store of keys does not answer then.
   */
  open(json: string, reader: Reader): string | Promise<string>;
}

/** Injection token of {@link SealedTexts}. */
export const SEALED_TEXTS = Symbol('sealed-texts');

/**
 * Opens what an answer in text has sealed, as far as its reader may see it. Answers in one piece need no call: they all go
 * through it.
 */
export function openedFor(
  texts: SealedTexts,
  request: FastifyRequest,
): (text: string) => string | Promise<string> {
  const principal = principalOf(request);
  if (!principal || hidesPersonalData(request)) return (text) => text;
  const reader = principal.scopes.has('operator') ? EVERY_TENANT : principal.tenant;
  return (text) => texts.open(text, reader);
}

/** Call it after authentication. */
export function openSealedTexts(fastify: FastifyInstance, texts: SealedTexts): void {
  fastify.addHook('onSend', async (request, _reply, payload) =>
    typeof payload === 'string' ? openedFor(texts, request)(payload) : payload,
  );
}
