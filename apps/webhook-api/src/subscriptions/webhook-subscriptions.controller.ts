import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { pageOf } from '#libs/contracts';
import { isUuid } from '#libs/kernel';
import { type StoredSubscription, WebhookSubscriptionRepository } from '#libs/persistence';
import {
  type ApiKeyOwner,
  ApiProblems,
  Caller,
  decodePageToken,
  encodePageToken,
  type Page,
  ProblemException,
} from '#libs/platform';
import { SubscriptionCreator } from './subscription-creator.js';
import { subscriptionDocument } from './subscription-document.js';
import {
  type CreatedSubscriptionDocument,
  type CreateSubscriptionBody,
  createdSubscriptionSchema,
  createSubscriptionSchema,
  type SubscriptionDocument,
  type SubscriptionListQuery,
  subscriptionListSchema,
  subscriptionPageEndSchema,
  subscriptionSchema,
  subscriptionSecretSchema,
} from './webhook-subscription.schemas.js';

@ApiTags('Webhook subscriptions')
@Controller('v1/webhook-subscriptions')
export class WebhookSubscriptionsController {
  constructor(
    private readonly creator: SubscriptionCreator,
    private readonly subscriptions: WebhookSubscriptionRepository,
  ) {}

  @Post()
  @ApiOperation({
    operationId: 'createWebhookSubscription',
    summary: 'Subscribe to events',
    description:
      'Every event acknowledged after the answer is delivered, in order per stream, signed, at least once.',
  })
  @ApiResponse({
    status: 201,
    standardSchema: createdSubscriptionSchema,
    headers: { Location: { description: 'Path of the subscription.', schema: { type: 'string' } } },
  })
  @ApiProblems(400, 413, 415, 503)
  async create(
    @Caller() { tenant }: ApiKeyOwner,
    @Body({ schema: createSubscriptionSchema }) body: CreateSubscriptionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CreatedSubscriptionDocument> {
    const subscription = await this.creator.create(tenant, body);
    void reply.header('location', `/v1/webhook-subscriptions/${subscription.subscriptionId}`);
    return { ...subscriptionDocument(subscription), secret: secretOf(subscription) };
  }

  @Get()
  @ApiOperation({
    operationId: 'listWebhookSubscriptions',
    summary: 'List webhook subscriptions, newest first',
  })
  @ApiResponse({ status: 200, standardSchema: pageOf(subscriptionSchema, 'WebhookSubscriptionPage') })
  @ApiProblems(400, 503)
  async list(
    @Caller() { tenant }: ApiKeyOwner,
    @Query({ schema: subscriptionListSchema }) { limit, pageToken }: SubscriptionListQuery,
  ): Promise<Page<SubscriptionDocument>> {
    const after = pageToken === undefined ? undefined : decodePageToken(pageToken, subscriptionPageEndSchema);
    // One more than asked for tells whether there is a next page.
    const found = await this.subscriptions.findPage(tenant, limit + 1, after);
    const items = found.slice(0, limit).map(subscriptionDocument);
    const last = items.at(-1);
    if (found.length <= limit || !last) return { items };
    const { createdAt, subscriptionId } = last;
    return { items, nextPageToken: encodePageToken({ createdAt, subscriptionId }) };
  }

  @Get(':subscriptionId')
  @ApiOperation({ operationId: 'getWebhookSubscription', summary: 'Read a webhook subscription' })
  @ApiResponse({ status: 200, standardSchema: subscriptionSchema })
  @ApiProblems(404, 503)
  async read(
    @Caller() { tenant }: ApiKeyOwner,
    @Param('subscriptionId') id: string,
  ): Promise<SubscriptionDocument> {
    return subscriptionDocument(await this.#find(tenant, id));
  }

  @Get(':subscriptionId/secret')
  @ApiOperation({
    operationId: 'getWebhookSubscriptionSecret',
    summary: 'Read what deliveries are signed with',
  })
  @ApiResponse({ status: 200, standardSchema: subscriptionSecretSchema })
  @ApiProblems(404, 503)
  async secret(
    @Caller() { tenant }: ApiKeyOwner,
    @Param('subscriptionId') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.infer<typeof subscriptionSecretSchema>> {
    void reply.header('cache-control', 'no-store');
    return { secret: secretOf(await this.#find(tenant, id)) };
  }

  @Delete(':subscriptionId')
  @HttpCode(204)
  @ApiOperation({ operationId: 'deleteWebhookSubscription', summary: 'End a webhook subscription' })
  @ApiResponse({ status: 204, description: 'Nothing more is delivered.' })
  @ApiProblems(404, 503)
  async delete(@Caller() { tenant }: ApiKeyOwner, @Param('subscriptionId') id: string): Promise<void> {
    if (!isUuid(id) || !(await this.subscriptions.delete(tenant, id))) throw notFound(id);
  }

  async #find(tenant: string, id: string): Promise<StoredSubscription> {
    const subscription = isUuid(id) ? await this.subscriptions.findOne(tenant, id) : undefined;
    if (!subscription) throw notFound(id);
    return subscription;
  }
}

function secretOf({ secrets: [secret], subscriptionId }: StoredSubscription): string {
  if (secret === undefined) throw new Error(`subscription ${subscriptionId} has no secret`);
  return secret;
}

const notFound = (id: string): ProblemException =>
  new ProblemException({ code: 'subscription-not-found', detail: `There is no webhook subscription ${id}.` });
