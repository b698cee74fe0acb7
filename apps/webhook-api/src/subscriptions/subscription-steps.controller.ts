import { Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiCommandHeaders, commandAnswerHeaders, sendAccepted } from '#libs/commands';
import { type ApiKeyOwner, Caller, IdParameter, Sealer } from '#libs/platform';
import { TakesQueryTurn } from '#libs/projections/http';
import { AnswersSubscription } from './answers-subscription.decorator.js';
import { EventPositions } from './event-positions.js';
import { SubscriptionCommands } from './subscription-commands.js';
import { liveStream, subscriptionDocument } from './subscription-document.js';
import { type SentTest, sentTestSchema, type SubscriptionDocument } from './subscription-document.schemas.js';
import { subscriptionIdOf } from './subscription-ids.js';

@ApiTags('Webhook subscriptions')
@IdParameter('subscriptionId')
@Controller('v1/webhook-subscriptions/:subscriptionId')
export class SubscriptionStepsController {
  constructor(
    private readonly commands: SubscriptionCommands,
    private readonly positions: EventPositions,
    private readonly sealer: Sealer,
  ) {}

  @Post('pause')
  @AnswersSubscription(
    'pauseWebhookSubscription',
    'Pause deliveries; events that match meanwhile are delivered later',
  )
  pause(
    @Caller() caller: ApiKeyOwner,
    @Param('subscriptionId') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SubscriptionDocument> {
    return this.#take('pause-subscription', id, caller, request, reply);
  }

  @Post('resume')
  @AnswersSubscription(
    'resumeWebhookSubscription',
    'Resume deliveries after a pause, or after the subscription was disabled',
    'Deliveries that wait for their next attempt are tried at once, with a full set of attempts.',
  )
  resume(
    @Caller() caller: ApiKeyOwner,
    @Param('subscriptionId') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SubscriptionDocument> {
    return this.#take('resume-subscription', id, caller, request, reply);
  }

  @Post('test')
  @HttpCode(202)
  // Reads the log.
  @TakesQueryTurn()
  @ApiOperation({
    operationId: 'testWebhookSubscription',
    summary: 'Send a `webhook.test` event to this subscription only, whatever its event types',
  })
  @ApiCommandHeaders()
  @ApiResponse({ status: 202, standardSchema: sentTestSchema, headers: commandAnswerHeaders })
  async test(
    @Caller() caller: ApiKeyOwner,
    @Param('subscriptionId') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SentTest> {
    const accepted = await this.commands.sendTest({ request, caller }, subscriptionIdOf(id));
    sendAccepted(reply, accepted);
    return { eventId: await this.positions.eventIdAt(accepted.position) };
  }

  async #take(
    type: 'pause-subscription' | 'resume-subscription',
    id: string,
    caller: ApiKeyOwner,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<SubscriptionDocument> {
    const accepted = await this.commands.take({ request, caller }, subscriptionIdOf(id), type);
    sendAccepted(reply, accepted);
    return subscriptionDocument(liveStream(accepted.stream), this.sealer);
  }
}
