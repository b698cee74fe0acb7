import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  ApiProblems,
  Audited,
  Caller,
  hashApiKey,
  InPortal,
  type Principal,
  Public,
  requireOwnOrigin,
  RequiresSession,
  SessionCookie,
  SETTINGS,
  type Settings,
} from '#libs/platform';
import { SessionRepository } from '#libs/postgres';
import { DevelopmentKey } from './development-key.js';
import { KeyLogIn } from './key-log-in.js';
import { SessionBeginning, sessionDocument } from './session-beginning.js';
import {
  type LogIn,
  logInSchema,
  type LogInOptions,
  logInOptionsSchema,
  type SessionDocument,
  sessionDocumentSchema,
} from './session.schemas.js';

/** Sessions of the console: how a browser logs in, what it may do, and how it logs out. */
@ApiTags('Sessions')
@Controller('v1/session')
export class SessionController {
  constructor(
    private readonly keys: KeyLogIn,
    private readonly developmentKey: DevelopmentKey,
    private readonly beginning: SessionBeginning,
    private readonly repository: SessionRepository,
    private readonly cookie: SessionCookie,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Post()
  @Public()
  @ApiOperation({
    operationId: 'logIn',
    summary: 'Begin a session with an API key',
    description:
      'Sets an `HttpOnly` cookie, which then stands for the key: for 12 hours at most, as long as the key is valid, and until ' +
      'it is not used for an hour.',
  })
  @ApiResponse({ status: 201, standardSchema: sessionDocumentSchema })
  @ApiProblems(401, 403, 429)
  async logIn(
    @Body({ schema: logInSchema }) { apiKey }: LogIn,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionDocument> {
    requireOwnOrigin(request, this.settings.http.publicUrl);
    const { actor, tenant, scopes } = await this.keys.principalOf(apiKey, request);
    const keyHash = hashApiKey(apiKey);
    const who = { kind: 'api-key', tenant, actor, scopes: [...scopes], keyHash, by: 'key' } as const;
    return this.beginning.begin(who, request, reply);
  }

  @Get()
  @RequiresSession()
  @InPortal({ ofOne: true })
  @ApiOperation({ operationId: 'getSession', summary: 'Read the session that the cookie is of' })
  @ApiResponse({ status: 200, standardSchema: sessionDocumentSchema })
  read(
    @Caller() caller: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): SessionDocument {
    void reply.header('cache-control', 'no-store');
    return sessionDocument(caller, this.cookie.tokenOf(request.headers) ?? '');
  }

  @Delete()
  @HttpCode(204)
  @RequiresSession()
  @InPortal({ ofOne: true })
  @Audited('session.ended')
  @ApiOperation({ operationId: 'logOut', summary: 'End the session, everywhere at once' })
  @ApiResponse({ status: 204, description: 'The session is over, and its cookie is removed.' })
  async logOut(
    @Caller() { session }: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    if (session) await this.repository.end(session.hash);
    this.cookie.clear(reply);
  }

  @Get('options')
  @Public()
  @ApiOperation({ operationId: 'getLogInOptions', summary: 'List the ways to log in' })
  @ApiResponse({ status: 200, standardSchema: logInOptionsSchema })
  options(@Req() request: FastifyRequest): LogInOptions {
    const { logIn } = this.settings.console;
    return {
      methods: [
        'api-key',
        ...(logIn ? (['oidc'] as const) : []),
        ...(this.developmentKey.isFor(request) ? (['development-key'] as const) : []),
      ],
    };
  }

  @Post('development-key')
  @Public()
  @ApiOperation({
    operationId: 'logInWithDevelopmentKey',
    summary: 'Begin a session with the development key, on the machine where `npm start` runs',
    description: 'The session has the scope `operator` too. Elsewhere, this gets 404.',
  })
  @ApiResponse({ status: 201, standardSchema: sessionDocumentSchema })
  @ApiProblems(401, 403, 404, 429)
  async logInForDevelopment(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionDocument> {
    requireOwnOrigin(request, this.settings.http.publicUrl);
    const apiKey = await this.developmentKey.read(request);
    const { actor, tenant, scopes } = await this.keys.principalOf(apiKey, request);
    const who = {
      kind: 'development-key',
      tenant,
      actor,
      scopes: [...scopes, 'operator'],
      keyHash: hashApiKey(apiKey),
      by: 'key',
    } as const;
    return this.beginning.begin(who, request, reply);
  }
}
