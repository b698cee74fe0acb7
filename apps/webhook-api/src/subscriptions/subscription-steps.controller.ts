import { Body, Controller, Get, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AnswersCommand, type CommandOrigin, Origin, sendAccepted } from '#libs/commands';
import {
  Audited,
  Caller,
  IdParameter,
  type Principal,
  RequiresScope,
  Sealer,
  InPortal,
} from '#libs/platform';
import { TakesQueryTurn } from '#libs/projections/http';
import { WebhookSubscriptionRepository } from '#libs/webhook-delivery/postgres';
import {
  type RevealedSubscription,
  revealedSubscriptionSchema,
  type RotateSecretBody,
  rotateSecretSchema,
  type SentTest,
  sentTestSchema,
  type SubscriptionDocument,
  type SubscriptionWithSecret,
  subscriptionWithSecretSchema,
} from '#libs/webhooks/http';
import { AnswersSubscription, ReadsSubscriptions } from './answers-subscription.decorator.js';
import { EventPositions } from './event-positions.js';
import { SubscriptionCommands } from './subscription-commands.js';
import {
  liveStream,
  revealedSubscription,
  subscriptionDocument,
  subscriptionSecret,
} from './subscription-document.js';
import { subscriptionIdOf, subscriptionNotFound } from './subscription-ids.js';

@ApiTags('Webhook subscriptions')
@IdParameter('subscriptionId')
@Controller('v1/webhook-subscriptions/:subscriptionId')
@InPortal()
export class SubscriptionStepsController {
  constructor(
    private readonly commands: SubscriptionCommands,
    private readonly positions: EventPositions,
    private readonly subscriptions: WebhookSubscriptionRepository,
    private readonly sealer: Sealer,
  ) {}

  @Post('pause')
  @RequiresScope('webhooks:write')
  @AnswersSubscription(
    'pauseWebhookSubscription',
    'Pause deliveries; events that match meanwhile are delivered later',
  )
  pause(@Origin() origin: CommandOrigin, @Param('subscriptionId') id: string): Promise<SubscriptionDocument> {
    return this.#take('pause-subscription', id, origin);
  }

  @Post('resume')
  @RequiresScope('webhooks:write')
  @AnswersSubscription(
    'resumeWebhookSubscription',
    'Resume deliveries after a pause, or after the subscription was disabled',
    'Deliveries that wait for their next attempt are tried at once, with a full set of attempts.',
  )
  resume(
    @Origin() origin: CommandOrigin,
    @Param('subscriptionId') id: string,
  ): Promise<SubscriptionDocument> {
    return this.#take('resume-subscription', id, origin);
  }

  @Post('test')
  @RequiresScope('webhooks:write')
  // Reads the log.
  @TakesQueryTurn()
  @ApiOperation({
    operationId: 'testWebhookSubscription',
    summary: 'Send a `webhook.test` event to this subscription only, whatever its event types',
  })
  @AnswersCommand(202, sentTestSchema)
  async test(@Origin() origin: CommandOrigin, @Param('subscriptionId') id: string): Promise<SentTest> {
    const accepted = await this.commands.sendTest(origin, subscriptionIdOf(id));
    sendAccepted(origin, accepted);
    return { eventId: await this.positions.eventIdAt(accepted.position) };
  }

  @Get('secret')
  @Audited('webhook-secret.shown')
  @RequiresScope('webhooks:write')
  @ReadsSubscriptions(revealedSubscriptionSchema)
  @ApiOperation({
    operationId: 'getWebhookSubscriptionSecret',
    summary: 'Read the signing secrets and the full callback URL',
  })
  async readSecret(
    @Caller() { tenant }: Principal,
    @Param('subscriptionId') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RevealedSubscription> {
    const stream = await this.subscriptions.findOne(tenant, subscriptionIdOf(id));
    if (!stream) throw subscriptionNotFound(id);
    void reply.header('cache-control', 'no-store');
    return revealedSubscription(stream.state, this.sealer, new Date().toISOString());
  }

  @Post('secret/rotate')
  @Audited('webhook-secret.rotated')
  @RequiresScope('webhooks:write')
  @ApiOperation({
    operationId: 'rotateWebhookSubscriptionSecret',
    summary: 'Rotate the signing secret; old secrets keep signing for a while',
  })
  @AnswersCommand(200, subscriptionWithSecretSchema)
  async rotateSecret(
    @Origin() origin: CommandOrigin,
    @Param('subscriptionId') id: string,
    @Body({ schema: rotateSecretSchema }) body: RotateSecretBody,
  ): Promise<SubscriptionWithSecret> {
    const accepted = await this.commands.rotateSecret(origin, subscriptionIdOf(id), body);
    const stream = liveStream(accepted.stream);
    sendAccepted(origin, accepted);
    void origin.reply.header('cache-control', 'no-store');
    return {
      ...subscriptionDocument(stream, this.sealer),
      // As of the rotation, so that a retry gets the first answer.
      ...subscriptionSecret(stream.state, this.sealer, stream.updatedAt),
    };
  }

  async #take(
    type: 'pause-subscription' | 'resume-subscription',
    id: string,
    origin: CommandOrigin,
  ): Promise<SubscriptionDocument> {
    const accepted = await this.commands.take(origin, subscriptionIdOf(id), type);
    sendAccepted(origin, accepted);
    return subscriptionDocument(liveStream(accepted.stream), this.sealer);
  }
}
