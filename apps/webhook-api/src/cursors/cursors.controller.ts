import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { FeedCursorRepository } from '#libs/webhook-delivery/postgres';
import { type ApiKeyOwner, Caller, IdParameter } from '#libs/platform';
import { TakesQueryTurn } from '#libs/projections/http';
import { OwnedSubscriptions } from '../ownership/owned-subscriptions.js';
import { EventPositions } from '../subscriptions/event-positions.js';
import { feedCursors, type FeedCursorsDocument, feedCursorsSchema } from './cursor.schemas.js';

@ApiTags('Webhook deliveries')
@TakesQueryTurn()
@IdParameter('subscriptionId')
@Controller('v1/webhook-subscriptions/:subscriptionId/cursors')
export class CursorsController {
  constructor(
    private readonly owned: OwnedSubscriptions,
    private readonly cursors: FeedCursorRepository,
    private readonly positions: EventPositions,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listWebhookCursors',
    summary: 'Show the progress of a webhook subscription in each partition of the log',
  })
  @ApiResponse({ status: 200, standardSchema: feedCursorsSchema })
  async list(
    @Caller() { tenant }: ApiKeyOwner,
    @Param('subscriptionId') id: string,
  ): Promise<FeedCursorsDocument> {
    const { subscriptionId, start } = await this.owned.find(tenant, id);
    const reached = await this.cursors.reached(subscriptionId);
    const begins = await this.positions.begins();
    // Read last, so that no end is below a cursor that was read before it.
    return { items: feedCursors(start, reached, await this.positions.ends(), begins) };
  }
}
