import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { pageOf } from '#libs/contracts';
import { formatPosition, withoutNulls } from '#libs/kernel';
import {
  Audited,
  Caller,
  IdParameter,
  type Page,
  type Principal,
  RequiresScope,
  InPortal,
} from '#libs/platform';
import { TakesQueryTurn } from '#libs/projections/http';
import {
  DeadLetterRepository,
  type DeadLetterSelection,
  DeliveryRepository,
  FeedCursorRepository,
  type ListedDeadLetter,
  type Release,
} from '#libs/webhook-delivery/postgres';
import { OwnedSubscriptions } from '../ownership/owned-subscriptions.js';
import { EventPositions } from '../subscriptions/event-positions.js';
import { feedCursors, type FeedCursorsDocument, feedCursorsSchema } from './cursor.schemas.js';
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
import {
  type DeliveryDocument,
  deliveryDocument,
  type DeliveryListQuery,
  deliveryListSchema,
  deliveryPageEnd,
  deliveryPages,
  deliverySchema,
} from './delivery.schemas.js';
import { OrderEvents } from './order-events.js';

/** Serves a subscription's deliveries, dead letters and cursors. */
@ApiTags('Webhook deliveries')
@TakesQueryTurn()
@IdParameter('subscriptionId')
@Controller('v1/webhook-subscriptions/:subscriptionId')
@InPortal()
export class DeliveriesController {
  constructor(
    private readonly owned: OwnedSubscriptions,
    private readonly deliveries: DeliveryRepository,
    private readonly deadLetters: DeadLetterRepository,
    private readonly cursors: FeedCursorRepository,
    private readonly positions: EventPositions,
    private readonly orderEvents: OrderEvents,
  ) {}

  @Get('deliveries')
  @RequiresScope('webhooks:read')
  @ApiOperation({
    operationId: 'listWebhookDeliveries',
    summary: 'List deliveries by their last attempt, newest first',
    description:
      'Covers the last few days, replays included. This log is for people, and may lack attempts. With `status`, a page may have ' +
      'few items or none although others follow.',
  })
  @ApiResponse({ status: 200, standardSchema: pageOf(deliverySchema, 'WebhookDeliveryPage') })
  async list(
    @Caller() { tenant }: Principal,
    @Param('subscriptionId') id: string,
    @Query({ schema: deliveryListSchema }) {
      limit,
      pageToken,
      eventId,
      orderId,
      ...filter
    }: DeliveryListQuery,
  ): Promise<Page<DeliveryDocument>> {
    const after = deliveryPages.decode(pageToken);
    const { subscriptionId } = await this.owned.find(tenant, id);
    const eventIds = await this.orderEvents.wanted(tenant, { eventId, orderId });
    const found = await this.deliveries.findPage(subscriptionId, { ...filter, eventIds }, limit, after);
    const page = deliveryPages.page(found, deliveryDocument, (_, { last }) => deliveryPageEnd(last));
    if (!found.scannedTo) return page;
    return { ...page, nextPageToken: deliveryPages.encode(deliveryPageEnd(found.scannedTo)) };
  }

  @Get('dead-letters')
  @RequiresScope('webhooks:read')
  @ApiOperation({
    operationId: 'listWebhookDeadLetters',
    summary: 'List deliveries that ran out of attempts, newest first',
  })
  @ApiResponse({ status: 200, standardSchema: pageOf(deadLetterSchema, 'WebhookDeadLetterPage') })
  async listDeadLetters(
    @Caller() { tenant }: Principal,
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

  @Post('dead-letters/redrive')
  @Audited('dead-letters.redriven')
  @RequiresScope('webhooks:write')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'redriveWebhookDeadLetters',
    summary: 'Redrive dead letters',
    description: 'Delivers them again with a full set of attempts, before anything parked behind them.',
  })
  @ApiResponse({ status: 200, standardSchema: releasedSchema })
  redrive(
    @Caller() { tenant }: Principal,
    @Param('subscriptionId') id: string,
    @Body({ schema: deadLetterSelectionSchema }) body: DeadLetterSelectionBody,
  ): Promise<ReleasedDocument> {
    return this.#release(tenant, id, 'redrive', body);
  }

  @Post('dead-letters/skip')
  @Audited('dead-letters.skipped')
  @RequiresScope('webhooks:write')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'skipWebhookDeadLetters',
    summary: 'Skip dead letters',
    description: 'They are never delivered. Deliveries parked behind them go out at once.',
  })
  @ApiResponse({ status: 200, standardSchema: releasedSchema })
  skip(
    @Caller() { tenant }: Principal,
    @Param('subscriptionId') id: string,
    @Body({ schema: deadLetterSelectionSchema }) body: DeadLetterSelectionBody,
  ): Promise<ReleasedDocument> {
    return this.#release(tenant, id, 'skip', body);
  }

  @Get('cursors')
  @RequiresScope('webhooks:read')
  @ApiOperation({
    operationId: 'listWebhookCursors',
    summary: 'Show the progress of a webhook subscription in each partition of the log',
  })
  @ApiResponse({ status: 200, standardSchema: feedCursorsSchema })
  async listCursors(
    @Caller() { tenant }: Principal,
    @Param('subscriptionId') id: string,
  ): Promise<FeedCursorsDocument> {
    const { subscriptionId, start } = await this.owned.find(tenant, id);
    const reached = await this.cursors.reached(subscriptionId);
    const begins = await this.positions.begins();
    // Read last, so that no end is below a cursor that was read before it.
    return { items: feedCursors(start, reached, await this.positions.ends(), begins) };
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
