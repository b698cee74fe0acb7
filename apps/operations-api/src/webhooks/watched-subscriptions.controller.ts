import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { pageOf, TENANT_EVENT_TOPICS } from '#libs/contracts';
import { TopicOffsets } from '#libs/kafka';
import { formatInstant, type Position, SharedQuestion, systemClock } from '#libs/kernel';
import { type Page, RequiresScope } from '#libs/platform';
import { TakesQueryTurn } from '#libs/projections/http';
import { tallyRange } from '#libs/webhook-delivery/core';
import { MetricsOfSubscriptions, WatchedSubscriptions } from '#libs/webhook-delivery/postgres';
import { positionVector } from '#libs/webhooks';
import {
  type WatchedDocument,
  watchedDocument,
  type WatchedListQuery,
  watchedListSchema,
  watchedPages,
  watchedSubscriptionSchema,
} from './watched-subscription.schemas.js';

@ApiTags('Operations')
@TakesQueryTurn()
@RequiresScope('operator')
@Controller('v1/operations/webhook-subscriptions')
export class WatchedSubscriptionsController {
  readonly #ends: SharedQuestion<readonly Position[]>;

  constructor(
    private readonly subscriptions: WatchedSubscriptions,
    private readonly metrics: MetricsOfSubscriptions,
    offsets: TopicOffsets,
  ) {
    this.#ends = new SharedQuestion(() => offsets.endOffsets(TENANT_EVENT_TOPICS));
  }

  @Get()
  @ApiOperation({
    operationId: 'listWatchedWebhookSubscriptions',
    summary: 'List the webhook subscriptions of all tenants with how they fare, failing ones first',
    description:
      'The others follow, newest first. A page looks at up to 1,000 subscriptions of each kind, so with a filter it may have few ' +
      'items, or none, and still a `nextPageToken`.',
  })
  @ApiResponse({
    status: 200,
    standardSchema: pageOf(watchedSubscriptionSchema, 'WatchedWebhookSubscriptionPage'),
  })
  async list(
    @Query({ schema: watchedListSchema }) { limit, pageToken, period, ...filter }: WatchedListQuery,
  ): Promise<Page<WatchedDocument>> {
    const after = watchedPages.decode(pageToken);
    const range = tallyRange(period, systemClock.now());
    const { items, end } = await this.subscriptions.findPage(filter, range, limit, after);
    // The rest can be told while the log is away.
    const ends = await this.#ends.answer().then(positionVector, () => undefined);
    const metrics = await this.metrics.of(items, range, ends);
    return {
      items: items.flatMap((item) => {
        const own = metrics.get(item.subscriptionId);
        return own ? [watchedDocument(item, own)] : [];
      }),
      ...(end && {
        nextPageToken: watchedPages.encode({ ...end, createdAt: formatInstant(end.createdAt) }),
      }),
    };
  }
}
