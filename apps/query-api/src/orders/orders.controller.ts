import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { eventDocumentSchema, orderDocumentSchema, pageOf } from '#libs/contracts';
import { isUuid } from '#libs/kernel';
import { type OrderDocument, orderDocument } from '#libs/orders';
import { OrderReadRepository, type TimelineEvent } from '#libs/persistence';
import {
  type ApiKeyOwner,
  ApiProblems,
  Caller,
  decodePageToken,
  encodePageToken,
  type Page,
  preferenceAppliedHeader,
  ProblemException,
} from '#libs/platform';
import { ORDERS_PROJECTION, ORDERS_TOPIC } from '#libs/projections';
import { ReadsYourWrites } from '../read-your-writes/reads-your-writes.decorator.js';
import {
  noParametersSchema,
  type OrderListQuery,
  orderListSchema,
  orderPageEndSchema,
  timelinePageStartSchema,
  type TimelineQuery,
  timelineSchema,
} from './order-query.schemas.js';

/** The orders and their events are written in one transaction, under one checkpoint. */
const READS = { projection: ORDERS_PROJECTION, topics: [ORDERS_TOPIC] };

@ApiTags('Orders')
@Controller('v1/orders')
export class OrderQueriesController {
  constructor(private readonly orders: OrderReadRepository) {}

  @Get()
  @ReadsYourWrites(READS)
  @ApiOperation({ operationId: 'listOrders', summary: 'List orders, newest first' })
  @ApiResponse({
    status: 200,
    standardSchema: pageOf(orderDocumentSchema, 'OrderPage'),
    headers: preferenceAppliedHeader,
  })
  @ApiProblems(400, 503)
  async list(
    @Caller() { tenant }: ApiKeyOwner,
    @Query({ schema: orderListSchema }) { limit, pageToken, ...filter }: OrderListQuery,
  ): Promise<Page<OrderDocument>> {
    const after = pageToken === undefined ? undefined : decodePageToken(pageToken, orderPageEndSchema);
    // One more than asked for tells whether there is a next page.
    const streams = await this.orders.findPage(tenant, filter, limit + 1, after);
    const items = streams.slice(0, limit).map(orderDocument);
    const last = items.at(-1);
    if (streams.length <= limit || !last) return { items };
    return { items, nextPageToken: encodePageToken({ createdAt: last.createdAt, orderId: last.orderId }) };
  }

  @Get(':orderId')
  @ReadsYourWrites(READS)
  @ApiOperation({ operationId: 'getOrder', summary: 'Read an order' })
  @ApiResponse({
    status: 200,
    standardSchema: orderDocumentSchema,
    headers: {
      ETag: { description: 'The version, in quotes.', schema: { type: 'string' } },
      ...preferenceAppliedHeader,
    },
  })
  @ApiProblems(400, 404, 503)
  async read(
    @Caller() { tenant }: ApiKeyOwner,
    @Param('orderId') orderId: string,
    // What is not known must not be passed over: `?version=1` would get today's order.
    @Query({ schema: noParametersSchema }) _query: object,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderDocument> {
    const stream = isUuid(orderId) ? await this.orders.findOne(tenant, orderId) : undefined;
    if (!stream) throw orderNotFound(orderId);
    void reply.header('etag', `"${stream.version}"`);
    return orderDocument(stream);
  }

  @Get(':orderId/events')
  @ReadsYourWrites(READS)
  @ApiOperation({
    operationId: 'listOrderEvents',
    summary: 'Every event of an order, in order, with who and why',
  })
  @ApiResponse({
    status: 200,
    standardSchema: pageOf(eventDocumentSchema, 'EventPage'),
    headers: preferenceAppliedHeader,
  })
  @ApiProblems(400, 404, 503)
  async events(
    @Caller() { tenant }: ApiKeyOwner,
    @Param('orderId') orderId: string,
    @Query({ schema: timelineSchema }) { limit, pageToken }: TimelineQuery,
  ): Promise<Page<TimelineEvent>> {
    const { fromVersion } = pageToken
      ? decodePageToken(pageToken, timelinePageStartSchema)
      : { fromVersion: 1 };
    const events = isUuid(orderId)
      ? await this.orders.findTimeline(tenant, orderId, fromVersion, limit + 1)
      : [];
    if (events.length === 0 && fromVersion === 1) throw orderNotFound(orderId);
    const items = events.slice(0, limit);
    const next = events[limit];
    return next ? { items, nextPageToken: encodePageToken({ fromVersion: next.version }) } : { items };
  }
}

const orderNotFound = (orderId: string): ProblemException =>
  new ProblemException({ code: 'order-not-found', detail: `There is no order ${orderId}.` });
