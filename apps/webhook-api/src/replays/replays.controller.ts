import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ApiIdempotencyKey, type CommandOrigin, Origin } from '#libs/commands';
import { pageOf } from '#libs/contracts';
import { isUuid } from '#libs/kernel';
import { ReplayRepository } from '#libs/webhook-delivery/postgres';
import {
  Audited,
  Caller,
  IdParameter,
  locationHeader,
  type Page,
  type Principal,
  ProblemException,
  RequiresScope,
  InPortal,
} from '#libs/platform';
import { TakesQueryTurn } from '#libs/projections/http';
import { OwnedSubscriptions } from '../ownership/owned-subscriptions.js';
import {
  type CreateReplayBody,
  createReplaySchema,
  type ReplayDocument,
  replayDocument,
  type ReplayListQuery,
  replayListSchema,
  replayPages,
  replaySchema,
} from './replay.schemas.js';
import { ReplayCreator } from './replay-creator.js';

@ApiTags('Webhook deliveries')
@TakesQueryTurn()
@IdParameter('subscriptionId')
@Controller('v1/webhook-subscriptions/:subscriptionId')
@InPortal()
export class ReplaysController {
  constructor(
    private readonly owned: OwnedSubscriptions,
    private readonly creator: ReplayCreator,
    private readonly replays: ReplayRepository,
  ) {}

  @Post('replay')
  @Audited('replay.created')
  @RequiresScope('webhooks:write')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'replayWebhookSubscription',
    summary: 'Replay old events',
    description:
      'A replay has its own lanes and its own rate, keeps the order, and does not delay live delivery. Events keep their ' +
      'ids: deduplicate by replay and id. The replay waits while the subscription is paused.',
  })
  @ApiIdempotencyKey()
  @ApiResponse({
    status: 202,
    standardSchema: replaySchema,
    headers: locationHeader('the replay', '/v1/webhook-subscriptions/{id}/replays/{id}'),
  })
  async create(
    @Origin() origin: CommandOrigin,
    @Param('subscriptionId') id: string,
    @Body({ schema: createReplaySchema }) body: CreateReplayBody,
  ): Promise<ReplayDocument> {
    const subscription = await this.owned.find(origin.caller.tenant, id);
    const replay = await this.creator.create(origin, subscription, body);
    const { subscriptionId, replayId } = replay;
    void origin.reply.header('location', `/v1/webhook-subscriptions/${subscriptionId}/replays/${replayId}`);
    return replayDocument(replay);
  }

  @Get('replays')
  @RequiresScope('webhooks:read')
  @ApiOperation({ operationId: 'listWebhookReplays', summary: 'List replays, newest first' })
  @ApiResponse({ status: 200, standardSchema: pageOf(replaySchema, 'WebhookReplayPage') })
  async list(
    @Caller() { tenant }: Principal,
    @Param('subscriptionId') id: string,
    @Query({ schema: replayListSchema }) { limit, pageToken }: ReplayListQuery,
  ): Promise<Page<ReplayDocument>> {
    const after = replayPages.decode(pageToken);
    const { subscriptionId } = await this.owned.find(tenant, id);
    const found = await this.replays.findPage(subscriptionId, limit, after);
    return replayPages.page(found, replayDocument, ({ createdAt, replayId }) => ({ createdAt, replayId }));
  }

  @Get('replays/:replayId')
  @RequiresScope('webhooks:read')
  @IdParameter('replayId')
  @ApiOperation({ operationId: 'getWebhookReplay', summary: 'Read the progress of a replay' })
  @ApiResponse({ status: 200, standardSchema: replaySchema })
  async read(
    @Caller() { tenant }: Principal,
    @Param('subscriptionId') id: string,
    @Param('replayId') replayId: string,
  ): Promise<ReplayDocument> {
    const { subscriptionId } = await this.owned.find(tenant, id);
    const replay = isUuid(replayId) ? await this.replays.findOne(subscriptionId, replayId) : undefined;
    if (!replay) throw replayNotFound(replayId);
    return replayDocument(replay);
  }

  @Delete('replays/:replayId')
  @Audited('replay.cancelled')
  @RequiresScope('webhooks:write')
  @IdParameter('replayId')
  @HttpCode(204)
  @ApiOperation({ operationId: 'cancelWebhookReplay', summary: 'Cancel a replay' })
  @ApiResponse({ status: 204, description: 'The replay has ended. No further attempt starts.' })
  async cancel(
    @Caller() { tenant }: Principal,
    @Param('subscriptionId') id: string,
    @Param('replayId') replayId: string,
  ): Promise<void> {
    const { subscriptionId } = await this.owned.find(tenant, id);
    if (!isUuid(replayId) || !(await this.replays.cancel(subscriptionId, replayId)))
      throw replayNotFound(replayId);
  }
}

const replayNotFound = (id: string): ProblemException =>
  new ProblemException('replay-not-found', `There is no replay ${id} of the subscription.`);
