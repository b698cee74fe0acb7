import { Body, Controller, HttpCode, Param, Patch, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  ApiCommandHeaders,
  ApiIdempotencyKey,
  commandAnswerHeaders,
  commandRequest,
  Commands,
  sendAccepted,
  sourceOf,
} from '#libs/commands';
import { isUuid } from '#libs/kernel';
import { type OrderCommand, type OrderDocument, orderDocument, ORDER_AGGREGATE } from '#libs/orders';
import { type ApiKeyOwner, Caller, IdParameter, locationHeader, ProblemException } from '#libs/platform';
import {
  type ChangeOrderStatusBody,
  changeOrderStatusSchema,
  type CreateOrderBody,
  createOrderSchema,
  orderDocumentSchema,
} from '#libs/orders/http';
import { createOrderRequest } from './create-order.js';

@ApiTags('Orders')
@Controller('v1/orders')
export class OrdersController {
  constructor(private readonly commands: Commands) {}

  @Post()
  @ApiOperation({
    operationId: 'createOrder',
    summary: 'Create an order',
    description: 'Responds only once the event is durable in the log.',
  })
  @ApiResponse({
    status: 201,
    standardSchema: orderDocumentSchema,
    headers: { ...commandAnswerHeaders, ...locationHeader('the order', '/v1/orders/{id}') },
  })
  @ApiIdempotencyKey()
  async create(
    @Caller() caller: ApiKeyOwner,
    @Body({ schema: createOrderSchema }) body: CreateOrderBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderDocument> {
    const create = createOrderRequest(sourceOf(request, caller), body);
    const accepted = await this.commands.execute(ORDER_AGGREGATE, create);
    sendAccepted(reply, accepted);
    void reply.header('location', `/v1/orders/${create.streamId}`);
    return orderDocument(accepted.stream);
  }

  @Patch(':orderId/status')
  @IdParameter('orderId')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'changeOrderStatus',
    summary: 'Change the status of an order',
    description:
      'created → confirmed → shipped → delivered → completed; an order can be cancelled until it ships.',
  })
  @ApiCommandHeaders()
  @ApiResponse({ status: 200, standardSchema: orderDocumentSchema, headers: commandAnswerHeaders })
  async changeStatus(
    @Caller() caller: ApiKeyOwner,
    @Param('orderId') givenId: string,
    @Body({ schema: changeOrderStatusSchema }) body: ChangeOrderStatusBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderDocument> {
    if (!isUuid(givenId)) {
      throw new ProblemException({ code: 'order-not-found', detail: `Order ${givenId} does not exist.` });
    }
    // Ids are lower case in the log; clients may send either case.
    const orderId = givenId.toLowerCase();
    const { status, reason = null, trackingNumber = null, carrier = null } = body;
    const command: OrderCommand = {
      type: 'change-order-status',
      orderId,
      status,
      reason,
      trackingNumber,
      carrier,
    };
    const accepted = await this.commands.execute(
      ORDER_AGGREGATE,
      commandRequest(request, caller, orderId, command),
    );
    sendAccepted(reply, accepted);
    return orderDocument(accepted.stream);
  }
}
