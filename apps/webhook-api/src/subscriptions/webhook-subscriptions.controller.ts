import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { AnswersCommand, AnswersCreation, type CommandOrigin, Origin, sendAccepted } from '#libs/commands';
import { pageOf } from '#libs/contracts';
import { type FoundOne, foundOne, ReadsOne } from '#libs/projections/http';
import { WebhookSubscriptionRepository } from '#libs/webhook-delivery/postgres';
import {
  Caller,
  IdParameter,
  type Page,
  type Principal,
  RequiresScope,
  Sealer,
  InPortal,
} from '#libs/platform';
import { SUBSCRIPTION_AGGREGATE } from '#libs/webhooks';
import {
  type WarnedSubscriptionWithSecret,
  createdSubscriptionSchema,
  type CreateSubscriptionBody,
  createSubscriptionSchema,
  filterWarnings,
  type SubscriptionDocument,
  type SubscriptionListQuery,
  subscriptionListSchema,
  subscriptionPages,
  subscriptionSchema,
  type WarnedSubscription,
  updatedSubscriptionSchema,
  type UpdateSubscriptionBody,
  updateSubscriptionSchema,
} from '#libs/webhooks/http';
import { ReadsSubscriptions } from './answers-subscription.decorator.js';
import { ProjectedChanges } from './projected-changes.js';
import { SubscriptionCommands } from './subscription-commands.js';
import { liveStream, subscriptionDocument, subscriptionSecret } from './subscription-document.js';
import { subscriptionIdOf } from './subscription-ids.js';

@ApiTags('Webhook subscriptions')
@Controller('v1/webhook-subscriptions')
@InPortal()
export class WebhookSubscriptionsController {
  constructor(
    private readonly commands: SubscriptionCommands,
    private readonly subscriptions: WebhookSubscriptionRepository,
    private readonly changes: ProjectedChanges,
    private readonly sealer: Sealer,
  ) {}

  @Post()
  @RequiresScope('webhooks:write')
  @ApiOperation({
    operationId: 'createWebhookSubscription',
    summary: 'Subscribe to events',
    description:
      'Every event acknowledged after the answer is delivered at least once, signed, in order per stream.',
  })
  @AnswersCreation(createdSubscriptionSchema, 'the subscription', '/v1/webhook-subscriptions/{id}')
  async create(
    @Origin() origin: CommandOrigin,
    @Body({ schema: createSubscriptionSchema }) body: CreateSubscriptionBody,
  ): Promise<WarnedSubscriptionWithSecret> {
    const accepted = await this.commands.create(origin, body);
    const stream = liveStream(accepted.stream);
    // A client that follows `location` at once must find the subscription.
    await this.changes.seen(origin, accepted.position);
    sendAccepted(origin, accepted);
    void origin.reply
      .header('location', `/v1/webhook-subscriptions/${stream.state.subscriptionId}`)
      .header('cache-control', 'no-store');
    return {
      ...subscriptionDocument(stream, this.sealer),
      // As of the creation, so that a retry gets the first answer.
      ...subscriptionSecret(stream.state, this.sealer, stream.updatedAt),
      ...filterWarnings(stream.state),
    };
  }

  @Get()
  @RequiresScope('webhooks:read')
  @InPortal({ ofOne: true })
  @ReadsSubscriptions(pageOf(subscriptionSchema, 'WebhookSubscriptionPage'))
  @ApiOperation({
    operationId: 'listWebhookSubscriptions',
    summary: 'List webhook subscriptions, newest first',
  })
  async list(
    @Caller() { tenant, session }: Principal,
    @Query({ schema: subscriptionListSchema }) { limit, pageToken }: SubscriptionListQuery,
  ): Promise<Page<SubscriptionDocument>> {
    if (session?.subscriptionId !== undefined) return this.#theOnly(tenant, session.subscriptionId);
    const after = subscriptionPages.decode(pageToken);
    const found = await this.subscriptions.findPage(tenant, limit, after);
    return subscriptionPages.page(
      found,
      (stream) => subscriptionDocument(stream, this.sealer),
      ({ createdAt, subscriptionId }) => ({ createdAt, key: subscriptionId }),
    );
  }

  @Get(':subscriptionId')
  @RequiresScope('webhooks:read')
  @IdParameter('subscriptionId')
  @ReadsOne(SUBSCRIPTION_AGGREGATE, subscriptionSchema)
  @ApiOperation({ operationId: 'getWebhookSubscription', summary: 'Read a webhook subscription' })
  async read(
    @Caller() { tenant }: Principal,
    @Param('subscriptionId') id: string,
  ): Promise<FoundOne<SubscriptionDocument> | undefined> {
    const stream = await this.subscriptions.findOne(tenant, subscriptionIdOf(id));
    return foundOne(stream, (one) => subscriptionDocument(one, this.sealer));
  }

  @Patch(':subscriptionId')
  @RequiresScope('webhooks:write')
  @IdParameter('subscriptionId')
  @ApiOperation({
    operationId: 'updateWebhookSubscription',
    summary: 'Change settings of a webhook subscription',
    description:
      'If `callbackUrl` changes its scheme, host or port, the extra headers are dropped unless the same request sets them: ' +
      'they are a secret shared with the old host. Deliveries that failed there are tried at the new one at once, with a ' +
      'full set of attempts.',
  })
  @AnswersCommand(200, updatedSubscriptionSchema)
  async update(
    @Origin() origin: CommandOrigin,
    @Param('subscriptionId') id: string,
    @Body({ schema: updateSubscriptionSchema }) body: UpdateSubscriptionBody,
  ): Promise<WarnedSubscription> {
    const accepted = await this.commands.update(origin, subscriptionIdOf(id), body);
    sendAccepted(origin, accepted);
    const stream = liveStream(accepted.stream);
    return { ...subscriptionDocument(stream, this.sealer), ...filterWarnings(stream.state) };
  }

  @Delete(':subscriptionId')
  @RequiresScope('webhooks:write')
  @IdParameter('subscriptionId')
  @ApiOperation({ operationId: 'deleteWebhookSubscription', summary: 'Delete a webhook subscription' })
  @AnswersCommand(204, undefined, 'The subscription is deleted. No further attempt starts.')
  async delete(@Origin() origin: CommandOrigin, @Param('subscriptionId') id: string): Promise<void> {
    const accepted = await this.commands.take(origin, subscriptionIdOf(id), 'delete-subscription');
    await this.changes.seen(origin, accepted.position);
    sendAccepted(origin, accepted);
  }

  /** The list of a portal that shows one subscription, which may have been deleted. */
  async #theOnly(tenant: string, subscriptionId: string): Promise<Page<SubscriptionDocument>> {
    const stream = await this.subscriptions.findOne(tenant, subscriptionId);
    return { items: stream ? [subscriptionDocument(stream, this.sealer)] : [] };
  }
}
