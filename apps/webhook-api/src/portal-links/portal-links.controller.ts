import { Body, Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  ApiProblems,
  Audited,
  Caller,
  hashSessionToken,
  keyHashOf,
  makeSessionToken,
  type Principal,
  RequiresScope,
  SETTINGS,
  schemeOf,
  type Settings,
  shareProblem,
} from '#libs/platform';
import { PortalLinkRepository } from '#libs/postgres';
import { OwnedSubscriptions } from '../ownership/owned-subscriptions.js';
import {
  type CreatePortalLink,
  createPortalLinkSchema,
  type PortalLink,
  portalLinkSchema,
} from './portal-link.schemas.js';

const PORTAL = '/console/portal';

/** Lets a tenant show its subscribers their own webhooks, without an API key. */
@ApiTags('Portal')
@Controller('v1/portal-links')
export class PortalLinksController {
  constructor(
    private readonly links: PortalLinkRepository,
    private readonly owned: OwnedSubscriptions,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Post()
  @RequiresScope('webhooks:write')
  @Audited('portal-link.created')
  @ApiOperation({
    operationId: 'createPortalLink',
    summary: 'Make a link that opens the portal once',
    description:
      'Whoever opens the link sees and changes the webhook subscriptions of the tenant, or the one named, and nothing else. ' +
      'The link and its session end with the API key that made it.',
  })
  @ApiResponse({ status: 201, standardSchema: portalLinkSchema })
  @ApiProblems(404)
  async create(
    @Caller() { tenant, actor }: Principal,
    @Body({ schema: createPortalLinkSchema }) body: CreatePortalLink,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PortalLink> {
    const { subscriptionId, expiresInSeconds, sessionSeconds } = body;
    const named = subscriptionId === undefined ? null : await this.owned.find(tenant, subscriptionId);
    const token = makeSessionToken();
    const expiresAt = new Date(Date.now() + expiresInSeconds * 1_000);
    const added = await this.links.add({
      hash: hashSessionToken(token),
      tenant,
      actor,
      keyHash: keyHashOf(request) ?? null,
      subscriptionId: named?.subscriptionId ?? null,
      sessionMs: sessionSeconds * 1_000,
      expiresAt,
    });
    if (!added) throw shareProblem('tenant', 'portal links that can still be opened', expiresInSeconds);
    void reply.header('cache-control', 'no-store');
    // A fragment is sent to no server, so the token stands in no log and no referrer.
    return { url: `${this.#publicUrl(request)}${PORTAL}#${token}`, expiresAt: expiresAt.toISOString() };
  }

  #publicUrl({ headers: { host } }: FastifyRequest): string {
    const { publicUrl } = this.settings.http;
    return publicUrl === undefined ? `${schemeOf(this.settings)}//${host}` : publicUrl.replace(/\/+$/, '');
  }
}
