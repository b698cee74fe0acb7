import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  ACCESS_TOKENS,
  type AccessTokens,
  ApiProblems,
  ProblemException,
  Public,
  SessionCookie,
} from '#libs/platform';
import { KeyLogIn } from '../session/key-log-in.js';
import { SessionBeginning } from '../session/session-beginning.js';
import { IssuerClient } from './issuer-client.js';
import { callbackSchema, logInCookie, logInStateOf, noLogInCookie } from './log-in-state.js';

const CONSOLE = '/console';

/** Lets people log in at the issuer of access tokens. Both routes are for the address bar of a browser. */
@ApiTags('Sessions')
@Controller('v1/session/oidc')
export class OidcController {
  constructor(
    private readonly issuer: IssuerClient,
    private readonly beginning: SessionBeginning,
    private readonly keys: KeyLogIn,
    private readonly cookie: SessionCookie,
    @Inject(ACCESS_TOKENS) private readonly tokens: Pick<AccessTokens, 'principalOf'> | null,
  ) {}

  @Get()
  @Public()
  @ApiOperation({
    operationId: 'beginOidcLogIn',
    summary: 'Send a browser to the issuer to log in',
    description: 'For the address bar of a browser, not for scripts.',
  })
  @ApiResponse({ status: 302, description: 'To the issuer.' })
  @ApiProblems(404)
  async begin(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { url, log } = await this.issuer.begin(originOf(request));
    await reply
      .header('set-cookie', logInCookie(log, this.cookie.isSecure))
      .header('cache-control', 'no-store')
      .redirect(url.href, 302);
  }

  @Get('callback')
  @Public()
  @ApiOperation({
    operationId: 'finishOidcLogIn',
    summary: 'Begin a session when a browser comes back from the issuer',
    description: 'The session ends with the access token that the issuer gave, or after 12 hours.',
  })
  @ApiResponse({ status: 302, description: 'To the console, with the cookie of the session.' })
  @ApiProblems(401, 404, 429)
  async finish(
    @Query({ schema: callbackSchema }) _query: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const log = logInStateOf(request.headers, this.cookie.isSecure);
    const token = log && (await this.#accessToken(request, log));
    if (!token || !this.tokens) {
      await this.keys.countGuess(request);
      throw new ProblemException('unauthorized', 'This browser has begun no log-in, or too long ago.');
    }
    const { actor, tenant, scopes, expiresAt } = await this.tokens.principalOf(token);
    const who = { kind: 'oidc', tenant, actor, scopes: [...scopes], keyHash: null, by: 'token' } as const;
    await this.beginning.begin({ ...who, provedUntil: expiresAt }, request, reply);
    await reply.header('set-cookie', noLogInCookie(this.cookie.isSecure)).redirect(CONSOLE, 302);
  }

  async #accessToken(
    request: FastifyRequest,
    log: NonNullable<ReturnType<typeof logInStateOf>>,
  ): Promise<string> {
    const query = request.url.slice(request.url.indexOf('?') + 1);
    try {
      return await this.issuer.accessToken(originOf(request), query, log);
    } catch (error) {
      if (error instanceof ProblemException && error.code === 'unauthorized')
        await this.keys.countGuess(request);
      throw error;
    }
  }
}

const originOf = ({ headers: { host }, protocol }: FastifyRequest): string => `${protocol}://${host}`;
