import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Caller, IdParameter, type Principal, RequiresScope, InPortal } from '#libs/platform';
import { TakesQueryTurn } from '#libs/projections/http';
import { explain } from '#libs/webhook-delivery/core';
import { DeliveryFactsRepository } from '#libs/webhook-delivery/postgres';
import { OwnedSubscriptions } from '../ownership/owned-subscriptions.js';
import { EventLookup } from './event-lookup.js';
import {
  explanationDocument,
  type ExplanationDocument,
  explanationSchema,
  type ExplainQuery,
  explainQuerySchema,
} from './explanation.schemas.js';

/** Says why a subscription did or did not get an event. */
@ApiTags('Webhook deliveries')
@InPortal()
@TakesQueryTurn()
@IdParameter('subscriptionId')
@Controller('v1/webhook-subscriptions/:subscriptionId')
export class ExplainController {
  constructor(
    private readonly owned: OwnedSubscriptions,
    private readonly events: EventLookup,
    private readonly facts: DeliveryFactsRepository,
  ) {}

  @Get('explain')
  @RequiresScope('webhooks:read')
  @ApiOperation({
    operationId: 'explainWebhookDelivery',
    summary: 'Explain why a subscription did or did not get an event',
    description: 'Give exactly one of `eventId` and `position`.',
  })
  @ApiResponse({ status: 200, standardSchema: explanationSchema })
  async explain(
    @Caller() { tenant }: Principal,
    @Param('subscriptionId') id: string,
    @Query({ schema: explainQuerySchema }) query: ExplainQuery,
  ): Promise<ExplanationDocument> {
    await this.owned.find(tenant, id);
    const event = await this.events.find(tenant, query);
    // Read again, so that rules and cursor are of nearly the same moment, however long the search took.
    const state = await this.owned.find(tenant, id);
    const subscription = { ...state, tenant, start: state.rules[0]?.from ?? state.start };
    const facts = { event, subscription, ...(await this.facts.find(subscription, event)) };
    return explanationDocument(event, explain(facts), facts.log.replays);
  }
}
