import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ApiIdempotencyKey, type CommandOrigin, Origin } from '#libs/commands';
import { pageOf } from '#libs/contracts';
import { formatPosition, isUuid, topicPartitionKey } from '#libs/kernel';
import {
  Audited,
  Caller,
  IdParameter,
  locationHeader,
  type Page,
  type Principal,
  ProblemException,
  RequiresScope,
  Sealer,
  InPortal,
} from '#libs/platform';
import { TakesQueryTurn } from '#libs/projections/http';
import { DeliveryRepository } from '#libs/webhook-delivery/postgres';
import { OwnedSubscriptions } from '../ownership/owned-subscriptions.js';
import { commonEventTypes, ReplayCreator } from '../replays/replay-creator.js';
import { type ReplayDocument, replayDocument, replaySchema } from '../replays/replay.schemas.js';
import { EventPositions } from '../subscriptions/event-positions.js';
import { headerNamesOf } from '../subscriptions/subscription-document.js';
import {
  type DeliveryDetailDocument,
  deliveryDetailDocument,
  type DeliveryDetailListQuery,
  deliveryDetailListSchema,
  deliveryDetailSchema,
} from './delivery-detail.schemas.js';
import { deliveryPageEnd, deliveryPages } from './delivery.schemas.js';
import { SentRequests } from './sent-requests.js';

/** Serves all that is known of the deliveries of one event, and makes one more. */
@ApiTags('Webhook deliveries')
@InPortal()
@TakesQueryTurn()
@IdParameter('subscriptionId')
@IdParameter('eventId')
@Controller('v1/webhook-subscriptions/:subscriptionId/deliveries/:eventId')
export class DeliveryDetailsController {
  constructor(
    private readonly owned: OwnedSubscriptions,
    private readonly deliveries: DeliveryRepository,
    private readonly requests: SentRequests,
    private readonly positions: EventPositions,
    private readonly replays: ReplayCreator,
    private readonly sealer: Sealer,
  ) {}

  @Get()
  @RequiresScope('webhooks:read')
  @ApiOperation({
    operationId: 'listWebhookDeliveriesOfEvent',
    summary: 'Read the deliveries of one event, with requests and answers',
    description:
      'One item for live delivery and one for each replay, by their last attempt, newest first. Bodies and headers of requests ' +
      'are made again from the event log; the signature and your own headers are shown without their values.',
  })
  @ApiResponse({ status: 200, standardSchema: pageOf(deliveryDetailSchema, 'WebhookDeliveryDetailPage') })
  async list(
    @Caller() { tenant }: Principal,
    @Param('subscriptionId') id: string,
    @Param('eventId') eventId: string,
    @Query({ schema: deliveryDetailListSchema }) { limit, pageToken }: DeliveryDetailListQuery,
  ): Promise<Page<DeliveryDetailDocument>> {
    const after = deliveryPages.decode(pageToken);
    const subscription = await this.owned.find(tenant, id);
    if (!isUuid(eventId)) throw deliveryNotFound(eventId);
    const found = await this.deliveries.findOfEvent(subscription.subscriptionId, eventId, limit, after);
    if (found.items.length === 0 && !after) throw deliveryNotFound(eventId);
    const names = headerNamesOf(subscription, this.sealer);
    const items: { document: DeliveryDetailDocument; last: (typeof found.items)[number]['last'] }[] = [];
    for (const delivery of found.items) {
      const request = await this.requests.of(delivery, names);
      items.push({ document: deliveryDetailDocument(delivery, request), last: delivery.last });
    }
    return deliveryPages.page(
      { items, hasMore: found.hasMore },
      ({ document }) => document,
      (_, { last }) => deliveryPageEnd(last),
    );
  }

  @Post('resend')
  @Audited('replay.created')
  @RequiresScope('webhooks:write')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'resendWebhookDelivery',
    summary: 'Deliver one event again',
    description:
      'Makes a replay of just this event, by the present settings of the subscription. Nothing is sent if its filter excludes ' +
      'the event by now.',
  })
  @ApiIdempotencyKey()
  @ApiResponse({
    status: 202,
    standardSchema: replaySchema,
    headers: locationHeader('the replay', '/v1/webhook-subscriptions/{id}/replays/{id}'),
  })
  async resend(
    @Origin() origin: CommandOrigin,
    @Param('subscriptionId') id: string,
    @Param('eventId') eventId: string,
  ): Promise<ReplayDocument> {
    const subscription = await this.owned.find(origin.caller.tenant, id);
    const { subscriptionId, eventTypes } = subscription;
    const event = isUuid(eventId) && (await this.deliveries.findEvent(subscriptionId, eventId));
    if (!event) throw deliveryNotFound(eventId);
    const begins = await this.positions.begins();
    if (event.offset < (begins[topicPartitionKey(event)] ?? 0)) throw deliveryNotFound(eventId);
    if (commonEventTypes(eventTypes, [event.eventType]).length === 0)
      throw new ProblemException(
        'delivery-not-subscribed',
        `The subscription does not receive ${event.eventType} any more: add it to its event types first.`,
      );
    const replay = await this.replays.create(origin, subscription, {
      from: { positions: [formatPosition(event)] },
      to: { positions: [formatPosition({ ...event, offset: event.offset + 1 })] },
    });
    void origin.reply.header(
      'location',
      `/v1/webhook-subscriptions/${subscriptionId}/replays/${replay.replayId}`,
    );
    return replayDocument(replay);
  }
}

const deliveryNotFound = (eventId: string): ProblemException =>
  new ProblemException('delivery-not-found', `There is no delivery of event ${eventId} to the subscription.`);
