import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { eventDocument, type EventDocument, eventDocumentSchema, pageOf } from '#libs/contracts';
import { isUuid } from '#libs/kernel';
import { type OrderDocument, orderDocument, ORDER_AGGREGATE } from '#libs/orders';
import { type OrderMoment, TIMELINE_PROJECTION } from '#libs/projections/read-models';
import {
  type ApiKeyOwner,
  Caller,
  etagHeader,
  IdParameter,
  type Page,
  ProblemException,
} from '#libs/platform';
import { ReadsYourWrites } from '#libs/projections/http';
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

const PRESENT = { projection: ORDER_AGGREGATE.table.projection, topics: [ORDER_AGGREGATE.topic] };
const TIMELINE = { projection: TIMELINE_PROJECTION, topics: [ORDER_AGGREGATE.topic] };

@ApiTags('Orders')
@Controller('v1/orders')
export class OrderQueriesController {
  constructor(
    private readonly tables: StateTables,
    private readonly timeline: OrderTimeline,
  ) {}

  @Get()
  @ReadsYourWrites(PRESENT, pageOf(orderDocumentSchema, 'OrderPage'))
  @ApiOperation({ operationId: 'listOrders', summary: 'List orders, newest first' })
  async list(
    @Caller() { tenant }: ApiKeyOwner,
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
  @ReadsYourWrites(
    ({ version, asOf }) => ((version ?? asOf) === undefined ? PRESENT : TIMELINE),
    orderDocumentSchema,
    etagHeader,
  )
  @ApiOperation({ operationId: 'getOrder', summary: 'Read an order in its current or a past state' })
  async read(
    @Caller() { tenant }: ApiKeyOwner,
    @Param('orderId') orderId: string,
    @Query({ schema: orderReadSchema }) query: OrderReadQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderDocument> {
    const moment = momentOf(query);
    if (!isUuid(orderId)) throw orderNotFound(orderId);
    const stream = moment
      ? await this.timeline.orderAt(tenant, orderId, moment)
      : await this.tables.findOne(ORDER_AGGREGATE, tenant, orderId);
    if (!stream) throw orderNotFound(orderId, moment);
    void reply.header('etag', `"${stream.version}"`);
    return orderDocument(stream);
  }

  @Get(':orderId/events')
  @IdParameter('orderId')
  @ReadsYourWrites(TIMELINE, pageOf(eventDocumentSchema, 'EventPage'))
  @ApiOperation({
    operationId: 'listOrderEvents',
    summary: 'List the events of an order, oldest first, with actors and causes',
  })
  async events(
    @Caller() { tenant }: ApiKeyOwner,
    @Param('orderId') orderId: string,
    @Query({ schema: timelineSchema }) { limit, pageToken }: TimelineQuery,
  ): Promise<Page<EventDocument>> {
    const { fromVersion } = timelinePages.decode(pageToken) ?? { fromVersion: 1 };
    const found = isUuid(orderId) && (await this.timeline.page(tenant, orderId, fromVersion, limit));
    if (!found || (found.items.length === 0 && fromVersion === 1)) throw orderNotFound(orderId);
    return timelinePages.page(found, eventDocument, ({ version }) => ({ fromVersion: version + 1 }));
  }
}

function orderNotFound(orderId: string, moment?: OrderMoment): ProblemException {
  return new ProblemException('order-not-found', whatIsMissing(orderId, moment));
}

function whatIsMissing(orderId: string, moment: OrderMoment | undefined): string {
  if (!moment) return `There is no order ${orderId}.`;
  return 'version' in moment
    ? `There is no version ${moment.version} of order ${orderId}.`
    : `There was no order ${orderId} at ${new Date(moment.time).toISOString()}.`;
}

function momentOf({ version, asOf }: OrderReadQuery): OrderMoment | undefined {
  if (version !== undefined) return { version };
  return asOf === undefined ? undefined : { time: asOf };
}
