import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiCommandHeaders, commandAnswerHeaders, sendAccepted } from '#libs/commands';
import { WebhookSubscriptionRepository } from '#libs/webhook-delivery/postgres';
import { type ApiKeyOwner, Caller, IdParameter, preferenceAppliedHeader, Sealer } from '#libs/platform';
import { ReadsSubscriptions } from './answers-subscription.decorator.js';
import { type RotateSecretBody, rotateSecretSchema } from './subscription-body.schemas.js';
import { SubscriptionCommands } from './subscription-commands.js';
import {
  liveStream,
  revealedSubscription,
  subscriptionDocument,
  subscriptionSecret,
} from './subscription-document.js';
import {
  type RevealedSubscription,
  revealedSubscriptionSchema,
  type SubscriptionWithSecret,
  subscriptionWithSecretSchema,
} from './subscription-document.schemas.js';
import { subscriptionIdOf, subscriptionNotFound } from './subscription-ids.js';

@ApiTags('Webhook subscriptions')
@IdParameter('subscriptionId')
@Controller('v1/webhook-subscriptions/:subscriptionId/secret')
export class SubscriptionSecretsController {
  constructor(
    private readonly commands: SubscriptionCommands,
    private readonly subscriptions: WebhookSubscriptionRepository,
    private readonly sealer: Sealer,
  ) {}

  @Get()
  @ReadsSubscriptions()
  @ApiOperation({
    operationId: 'getWebhookSubscriptionSecret',
    summary: 'Read the signing secrets and the full callback URL',
  })
  @ApiResponse({ status: 200, standardSchema: revealedSubscriptionSchema, headers: preferenceAppliedHeader })
  async read(
    @Caller() { tenant }: ApiKeyOwner,
    @Param('subscriptionId') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RevealedSubscription> {
    const stream = await this.subscriptions.findOne(tenant, subscriptionIdOf(id));
    if (!stream) throw subscriptionNotFound(id);
    void reply.header('cache-control', 'no-store');
    return revealedSubscription(stream.state, this.sealer, new Date().toISOString());
  }

  @Post('rotate')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'rotateWebhookSubscriptionSecret',
    summary: 'Rotate the signing secret; old secrets keep signing for a while',
  })
  @ApiCommandHeaders()
  @ApiResponse({ status: 200, standardSchema: subscriptionWithSecretSchema, headers: commandAnswerHeaders })
  async rotate(
    @Caller() caller: ApiKeyOwner,
    @Param('subscriptionId') id: string,
    @Body({ schema: rotateSecretSchema }) body: RotateSecretBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SubscriptionWithSecret> {
    const accepted = await this.commands.rotateSecret({ request, caller }, subscriptionIdOf(id), body);
    const stream = liveStream(accepted.stream);
    sendAccepted(reply, accepted);
    void reply.header('cache-control', 'no-store');
    return {
      ...subscriptionDocument(stream, this.sealer),
      // As of the rotation, so that a retry gets the first answer.
      ...subscriptionSecret(stream.state, this.sealer, stream.updatedAt),
    };
  }
}
