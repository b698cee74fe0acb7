import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { pageOf } from '#libs/contracts';
import { formatPosition, withoutNulls } from '#libs/kernel';
import {
  DeadLetterRepository,
  type DeadLetterSelection,
  type ListedDeadLetter,
  type Release,
} from '#libs/webhook-delivery/postgres';
import { type ApiKeyOwner, Caller, IdParameter, type Page } from '#libs/platform';
import { TakesQueryTurn } from '#libs/projections/http';
import { OwnedSubscriptions } from '../ownership/owned-subscriptions.js';
import {
  type DeadLetterDocument,
  type DeadLetterListQuery,
  deadLetterListSchema,
  deadLetterPages,
  deadLetterSchema,
  type DeadLetterSelectionBody,
  deadLetterSelectionSchema,
  type ReleasedDocument,
  releasedSchema,
} from './dead-letter.schemas.js';

@ApiTags('Webhook deliveries')
@TakesQueryTurn()
@IdParameter('subscriptionId')
@Controller('v1/webhook-subscriptions/:subscriptionId/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly owned: OwnedSubscriptions,
    private readonly deadLetters: DeadLetterRepository,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listWebhookDeadLetters',
    summary: 'List deliveries that ran out of attempts, newest first',
  })
  @ApiResponse({ status: 200, standardSchema: pageOf(deadLetterSchema, 'WebhookDeadLetterPage') })
  async list(
    @Caller() { tenant }: ApiKeyOwner,
    @Param('subscriptionId') id: string,
    @Query({ schema: deadLetterListSchema }) { limit, pageToken }: DeadLetterListQuery,
  ): Promise<Page<DeadLetterDocument>> {
    const after = deadLetterPages.decode(pageToken);
    const { subscriptionId } = await this.owned.find(tenant, id);
    const found = await this.deadLetters.findPage(subscriptionId, limit, after);
    return deadLetterPages.page(
      found,
      deadLetterDocument,
      (_, { parkedAt, feedId, topic, partition, lane }) => ({
        parkedAt: parkedAt.toISOString(),
        feedId,
        topic,
        partition,
        lane,
      }),
    );
  }

  @Post('redrive')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'redriveWebhookDeadLetters',
    summary: 'Redrive dead letters',
    description: 'Delivers them again with a full set of attempts, before anything parked behind them.',
  })
  @ApiResponse({ status: 200, standardSchema: releasedSchema })
  redrive(
    @Caller() { tenant }: ApiKeyOwner,
    @Param('subscriptionId') id: string,
    @Body({ schema: deadLetterSelectionSchema }) body: DeadLetterSelectionBody,
  ): Promise<ReleasedDocument> {
    return this.#release(tenant, id, 'redrive', body);
  }

  @Post('skip')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'skipWebhookDeadLetters',
    summary: 'Skip dead letters',
    description: 'They are never delivered. Deliveries parked behind them go out at once.',
  })
  @ApiResponse({ status: 200, standardSchema: releasedSchema })
  skip(
    @Caller() { tenant }: ApiKeyOwner,
    @Param('subscriptionId') id: string,
    @Body({ schema: deadLetterSelectionSchema }) body: DeadLetterSelectionBody,
  ): Promise<ReleasedDocument> {
    return this.#release(tenant, id, 'skip', body);
  }

  async #release(
    tenant: string,
    id: string,
    release: Release,
    body: DeadLetterSelectionBody,
  ): Promise<ReleasedDocument> {
    const { subscriptionId } = await this.owned.find(tenant, id);
    return { count: await this.deadLetters.release(subscriptionId, release, selectionOf(body)) };
  }
}

function selectionOf(body: DeadLetterSelectionBody): DeadLetterSelection {
  if ('ids' in body) return { eventIds: body.ids };
  return 'all' in body ? { from: undefined, to: undefined } : { from: body.from, to: body.to };
}

const deadLetterDocument = (deadLetter: ListedDeadLetter): DeadLetterDocument =>
  withoutNulls({
    eventId: deadLetter.eventId,
    eventType: deadLetter.eventType,
    position: formatPosition(deadLetter),
    replayId: deadLetter.replayId,
    lane: deadLetter.lane,
    attempts: deadLetter.attempts,
    lastError: deadLetter.lastError,
    parkedAt: deadLetter.parkedAt.toISOString(),
    heldBehind: deadLetter.heldBehind,
  }) as DeadLetterDocument;
