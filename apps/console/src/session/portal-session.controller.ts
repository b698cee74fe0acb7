import { Body, Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { recordAct } from '#libs/audit/postgres';
import {
  ApiProblems,
  hashSessionToken,
  isSessionToken,
  makeSessionToken,
  ProblemException,
  Public,
  requireOwnOrigin,
  SETTINGS,
  type Settings,
} from '#libs/platform';
import { PortalLinkRepository, type UsedPortalLink } from '#libs/postgres';
import { KeyLogIn } from './key-log-in.js';
import { actOfLogIn, SessionBeginning } from './session-beginning.js';
import {
  type OpenPortal,
  openPortalSchema,
  type SessionDocument,
  sessionDocumentSchema,
} from './session.schemas.js';

/** All that a portal is for. */
const PORTAL_SCOPES = ['webhooks:read', 'webhooks:write'] as const;

/** Opens portal links. */
@ApiTags('Portal')
@Controller('v1/session/portal')
export class PortalSessionController {
  constructor(
    private readonly links: PortalLinkRepository,
    private readonly beginning: SessionBeginning,
    private readonly keys: KeyLogIn,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Post()
  @Public()
  @ApiOperation({
    operationId: 'openPortal',
    summary: 'Begin a session with a portal link, once',
    description: 'Sets the same cookie as a log-in. The session sees webhook subscriptions only.',
  })
  @ApiResponse({ status: 201, standardSchema: sessionDocumentSchema })
  @ApiProblems(401, 403, 429)
  async open(
    @Body({ schema: openPortalSchema }) { token }: OpenPortal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionDocument> {
    requireOwnOrigin(request, this.settings.http.publicUrl);
    const sessionToken = makeSessionToken();
    const session = isSessionToken(token)
      ? await this.links.open(
          hashSessionToken(token),
          (link) => sessionOf(link, hashSessionToken(sessionToken)),
          ({ actor, tenant, subscriptionId }) => {
            const act = actOfLogIn('portal-link.opened', request, { actor, actorKind: 'portal', tenant });
            const object = { objectKind: subscriptionId && 'subscription', objectId: subscriptionId };
            return (tx) => recordAct(tx, { ...act, ...object });
          },
        )
      : undefined;
    if (session) return this.beginning.answer(sessionToken, session, request, reply);
    await this.keys.countGuess(request);
    throw new ProblemException('unauthorized', 'The link was opened before, or is no longer valid.');
  }
}

const sessionOf = ({ sessionMs, ...link }: UsedPortalLink, hash: string) => ({
  ...link,
  hash,
  kind: 'portal' as const,
  scopes: PORTAL_SCOPES,
  endsAt: new Date(Date.now() + sessionMs),
});
