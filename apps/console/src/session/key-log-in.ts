import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { TenantShareError } from '#libs/kernel';
import {
  addressShareOf,
  ApiKeyAuthenticator,
  type Principal,
  ProblemException,
  WrongCredentials,
} from '#libs/platform';

/** Checks API keys with which somebody logs in. A wrong one is a guess, like one in a header. */
@Injectable()
export class KeyLogIn {
  constructor(
    private readonly keys: ApiKeyAuthenticator,
    private readonly wrongCredentials: WrongCredentials,
  ) {}

  /** @throws ProblemException if the key is not valid, or cannot be looked up now */
  async principalOf(apiKey: string, request: FastifyRequest): Promise<Principal> {
    const principal = await this.#found(apiKey, request);
    if (principal) return principal;
    await this.countGuess(request);
    throw new ProblemException('unauthorized', 'The API key is not known, was revoked or has expired.');
  }

  /** @throws ProblemException if the address has guessed too often */
  countGuess(request: FastifyRequest): Promise<void> {
    return this.wrongCredentials.slowDown(addressShareOf(request), request.signal);
  }

  async #found(apiKey: string, request: FastifyRequest): Promise<Principal | undefined> {
    try {
      return await this.keys.principalOf(apiKey, () => addressShareOf(request));
    } catch (error) {
      if (error instanceof TenantShareError && error.refusal === 'tenant')
        throw new ProblemException('rate-limited', 'Your address has too many new credentials to look up.', {
          retryAfterSeconds: 1,
        });
      throw new ProblemException('unavailable', 'API keys cannot be looked up now.', { cause: error });
    }
  }
}
