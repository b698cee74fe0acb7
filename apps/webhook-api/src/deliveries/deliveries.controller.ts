import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { pageOf } from '#libs/contracts';
import { formatInstant } from '#libs/kernel';
import { DeliveryRepository } from '#libs/webhook-delivery/postgres';
import { type ApiKeyOwner, Caller, IdParameter, type Page } from '#libs/platform';
import { TakesQueryTurn } from '#libs/projections/http';
import { OwnedSubscriptions } from '../ownership/owned-subscriptions.js';
import {
  type DeliveryDocument,
  deliveryDocument,
  type DeliveryListQuery,
  deliveryListSchema,
  deliveryPages,
  deliverySchema,
} from './delivery.schemas.js';

@ApiTags('Webhook deliveries')
@TakesQueryTurn()
@IdParameter('subscriptionId')
@Controller('v1/webhook-subscriptions/:subscriptionId/deliveries')
export class DeliveriesController {
  constructor(
    private readonly owned: OwnedSubscriptions,
    private readonly deliveries: DeliveryRepository,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listWebhookDeliveries',
    summary: 'List deliveries by their last attempt, newest first',
    description: 'Covers the last few days, replays included. This log is for people, and may lack attempts.',
  })
  @ApiResponse({ status: 200, standardSchema: pageOf(deliverySchema, 'WebhookDeliveryPage') })
  async list(
    @Caller() { tenant }: ApiKeyOwner,
    @Param('subscriptionId') id: string,
    @Query({ schema: deliveryListSchema }) { limit, pageToken, ...filter }: DeliveryListQuery,
  ): Promise<Page<DeliveryDocument>> {
    const after = deliveryPages.decode(pageToken);
    const { subscriptionId } = await this.owned.find(tenant, id);
    const found = await this.deliveries.findPage(subscriptionId, filter, limit, after);
    return deliveryPages.page(found, deliveryDocument, (_, { last }) => ({
      startedAt: formatInstant(last.startedAt),
      attemptId: last.attemptId,
    }));
  }
}
