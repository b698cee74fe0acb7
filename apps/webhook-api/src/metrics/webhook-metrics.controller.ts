import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { systemClock } from '#libs/kernel';
import { Caller, IdParameter, type Principal, RequiresScope, InPortal } from '#libs/platform';
import { TakesQueryTurn } from '#libs/projections/http';
import { tallyRange } from '#libs/webhook-delivery/core';
import { MetricsOfSubscriptions } from '#libs/webhook-delivery/postgres';
import {
  deliveryMetrics,
  type DeliveryMetricsDocument,
  deliveryMetricsSchema,
  tallyPeriodParameter,
} from '#libs/webhooks/http';
import { OwnedSubscriptions } from '../ownership/owned-subscriptions.js';
import { EventPositions } from '../subscriptions/event-positions.js';
import { subscriptionNotFound } from '../subscriptions/subscription-ids.js';

const metricsQuerySchema = z.strictObject({ period: tallyPeriodParameter });
type MetricsQuery = z.output<typeof metricsQuerySchema>;

@ApiTags('Webhook deliveries')
@InPortal()
@TakesQueryTurn()
@IdParameter('subscriptionId')
@Controller('v1/webhook-subscriptions/:subscriptionId/metrics')
export class WebhookMetricsController {
  constructor(
    private readonly owned: OwnedSubscriptions,
    private readonly metrics: MetricsOfSubscriptions,
    private readonly positions: EventPositions,
  ) {}

  @Get()
  @RequiresScope('webhooks:read')
  @ApiOperation({
    operationId: 'getWebhookMetrics',
    summary: 'Read how the attempts of a webhook subscription ended, and how long they took',
  })
  @ApiResponse({ status: 200, standardSchema: deliveryMetricsSchema })
  async read(
    @Caller() { tenant }: Principal,
    @Param('subscriptionId') id: string,
    @Query({ schema: metricsQuerySchema }) { period }: MetricsQuery,
  ): Promise<DeliveryMetricsDocument> {
    const subscription = await this.owned.find(tenant, id);
    const range = tallyRange(period, systemClock.now());
    // The rest can be told while the log is away.
    const ends = await this.positions.ends().catch(() => undefined);
    const found = await this.metrics.of([subscription], range, ends);
    const own = found.get(subscription.subscriptionId);
    if (!own) throw subscriptionNotFound(id);
    return deliveryMetrics(period, range, own);
  }
}
