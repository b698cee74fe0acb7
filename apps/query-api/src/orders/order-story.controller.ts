import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { EVENT_TOPICS } from '#libs/contracts';
import { fromLog } from '#libs/event-streaming/http';
import { clampToInstant, formatInstant, type Instant, isUuid, type Stream } from '#libs/kernel';
import { ORDER_AGGREGATE, orderDocument, type OrderState } from '#libs/orders';
import {
  OrderStories,
  type OrderStory,
  type OrderStoryDocument,
  type OrderStoryQuery,
  orderStoryQuerySchema,
  orderStorySchema,
  placeDocument,
  storyNodeDocument,
} from '#libs/order-story/http';
import { Caller, IdParameter, notFoundProblem, type Principal, RequiresScope } from '#libs/platform';
import { readModelOf, ReadsYourWrites } from '#libs/projections/http';
import { StateTables } from '#libs/projections/postgres';
import { EVENT_INDEX_PROJECTION, TIMELINE_PROJECTION } from '#libs/projections/read-models';
import { EventDeliveryRepository } from '#libs/webhook-delivery/postgres';
import { OrderTimeline } from './order-timeline.js';

const READ = [
  readModelOf(ORDER_AGGREGATE),
  { projection: TIMELINE_PROJECTION, topics: [ORDER_AGGREGATE.topic] },
  { projection: EVENT_INDEX_PROJECTION, topics: EVENT_TOPICS },
];

/** An attempt's time comes from another process's clock than the event's. */
const CLOCK_SKEW_MS = 60_000;

/** Shows all that happened to an order, with causes. */
@ApiTags('Orders')
@Controller('v1/orders/:orderId/story')
@IdParameter('orderId')
@RequiresScope('events:read')
export class OrderStoryController {
  constructor(
    private readonly tables: StateTables,
    private readonly timeline: OrderTimeline,
    private readonly stories: OrderStories,
    private readonly deliveries: EventDeliveryRepository,
  ) {}

  @Get()
  @ReadsYourWrites(READ, orderStorySchema)
  @ApiOperation({
    operationId: 'getOrderStory',
    summary: 'Read the story of an order: its events everywhere, what they changed, and their causes',
  })
  async read(
    @Caller() { tenant, scopes }: Principal,
    @Param('orderId') id: string,
    @Query({ schema: orderStoryQuerySchema }) { asOf }: OrderStoryQuery,
  ): Promise<OrderStoryDocument> {
    const orderId = id.toLowerCase();
    const stream = await this.#order(tenant, orderId, asOf);
    if (!stream) throw notFoundProblem(ORDER_AGGREGATE, id);
    const order = orderDocument(stream);
    const story = await fromLog(this.stories.read(tenant, orderId, asOf));
    return {
      orderId,
      status: order.status,
      order,
      nodes: story.nodes.map(storyNodeDocument),
      missing: story.missing.map(({ eventId, topic, partition, offset }) =>
        placeDocument({ eventId, topic, partition, offset }),
      ),
      truncated: story.truncated,
      ...(scopes.has('webhooks:read') && { webhooks: await this.#webhooks(tenant, story, asOf) }),
    };
  }

  async #order(tenant: string, orderId: string, asOf?: Instant): Promise<Stream<OrderState> | undefined> {
    if (!isUuid(orderId)) return undefined;
    return asOf === undefined
      ? this.tables.findOne(ORDER_AGGREGATE, tenant, orderId)
      : this.timeline.orderAt(tenant, orderId, { time: asOf });
  }

  async #webhooks(
    tenant: string,
    { nodes: [first, ...rest] }: OrderStory,
    asOf: Instant | undefined,
  ): Promise<OrderStoryDocument['webhooks']> {
    if (!first) return { items: [], truncated: false };
    const ids = [first, ...rest].map(({ event }) => event.metadata.eventId);
    const since = clampToInstant(Date.parse(first.event.metadata.occurredAt) - CLOCK_SKEW_MS);
    const { items, truncated } = await this.deliveries.findOf(tenant, ids, since);
    return {
      items: items
        .filter(({ lastAttemptAt }) => asOf === undefined || lastAttemptAt.getTime() <= asOf)
        .map(({ callbackUrl, lastAttemptAt, ...delivery }) => ({
          ...delivery,
          host: new URL(callbackUrl).host,
          lastAttemptAt: formatInstant(lastAttemptAt.getTime() as Instant),
        })),
      truncated,
    };
  }
}
