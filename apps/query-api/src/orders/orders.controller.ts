import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { eventDocument, type EventDocument, eventDocumentSchema, pageOf } from '#libs/contracts';
import { isUuid } from '#libs/kernel';
import { type OrderDocument, orderDocument, ORDER_AGGREGATE } from '#libs/orders';
import { type OrderMoment, TIMELINE_PROJECTION } from '#libs/projections/read-models';
import {
  Caller,
  IdParameter,
  notFoundProblem,
  type Page,
  type Principal,
  ProblemException,
  RequiresScope,
} from '#libs/platform';
import { type FoundOne, foundOne, readModelOf, ReadsOne, ReadsYourWrites } from '#libs/projections/http';
import { StateTables } from '#libs/projections/postgres';
import {
  type OrderListQuery,
  orderListSchema,
  orderPages,
  type OrderReadQuery,
  orderReadSchema,
  timelinePages,
  type TimelineQuery,
  timelineSchema,
  orderDocumentSchema,
} from '#libs/orders/http';
import { OrderTimeline } from './order-timeline.js';

const PRESENT = readModelOf(ORDER_AGGREGATE);
const TIMELINE = { projection: TIMELINE_PROJECTION, topics: [ORDER_AGGREGATE.topic] };

@ApiTags('Orders')
@Controller('v1/orders')
@RequiresScope('orders:read')
export class OrderQueriesController {
  constructor(
    private readonly tables: StateTables,
    private readonly timeline: OrderTimeline,
  ) {}

  @Get()
  @ReadsYourWrites(PRESENT, pageOf(orderDocumentSchema, 'OrderPage'))
  @ApiOperation({ operationId: 'listOrders', summary: 'List orders, newest first' })
  async list(
    @Caller() { tenant }: Principal,
    @Query({ schema: orderListSchema }) query: OrderListQuery,
  ): Promise<Page<OrderDocument>> {
    const { pageToken, status, customerId, ...page } = query;
    const found = await this.tables.findPage(ORDER_AGGREGATE, tenant, {
      ...page,
      where: { status, customer_id: customerId },
      after: orderPages.decode(pageToken),
    });
    return orderPages.page(found, orderDocument, ({ createdAt, orderId }) => ({ createdAt, key: orderId }));
  }

  @Get(':orderId')
  @IdParameter('orderId')
  @ReadsOne(ORDER_AGGREGATE, orderDocumentSchema, ({ version, asOf }) =>
    (version ?? asOf) === undefined ? PRESENT : TIMELINE,
  )
  @ApiOperation({ operationId: 'getOrder', summary: 'Read an order in its current or a past state' })
  async read(
    @Caller() { tenant }: Principal,
    @Param('orderId') orderId: string,
    @Query({ schema: orderReadSchema }) query: OrderReadQuery,
  ): Promise<FoundOne<OrderDocument> | undefined> {
    const moment = momentOf(query);
    if (!isUuid(orderId)) return undefined;
    const stream = moment
      ? await this.timeline.orderAt(tenant, orderId, moment)
      : await this.tables.findOne(ORDER_AGGREGATE, tenant, orderId);
    if (!stream && moment) throw new ProblemException('order-not-found', missingThen(orderId, moment));
    return foundOne(stream, orderDocument);
  }

  @Get(':orderId/events')
  @IdParameter('orderId')
  @ReadsYourWrites(TIMELINE, pageOf(eventDocumentSchema, 'EventPage'))
  @ApiOperation({
    operationId: 'listOrderEvents',
    summary: 'List the events of an order, oldest first, with actors and causes',
  })
  async events(
    @Caller() { tenant }: Principal,
    @Param('orderId') orderId: string,
    @Query({ schema: timelineSchema }) { limit, pageToken }: TimelineQuery,
  ): Promise<Page<EventDocument>> {
    const { fromVersion } = timelinePages.decode(pageToken) ?? { fromVersion: 1 };
    const found = isUuid(orderId) && (await this.timeline.page(tenant, orderId, fromVersion, limit));
    if (!found || (found.items.length === 0 && fromVersion === 1))
      throw notFoundProblem(ORDER_AGGREGATE, orderId);
    return timelinePages.page(found, eventDocument, ({ version }) => ({ fromVersion: version + 1 }));
  }
}

const missingThen = (orderId: string, moment: OrderMoment): string =>
  'version' in moment
    ? `There is no version ${moment.version} of order ${orderId}.`
    : `There was no order ${orderId} at ${new Date(moment.time).toISOString()}.`;

function momentOf({ version, asOf }: OrderReadQuery): OrderMoment | undefined {
  if (version !== undefined) return { version };
  return asOf === undefined ? undefined : { time: asOf };
}
