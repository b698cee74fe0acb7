import { Body, Controller, Headers, HttpCode, Param, Patch, Post, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { newId } from '#libs/kernel';
import { type OrderCommand, type OrderDocument, orderDocument } from '#libs/orders';
import { orderDocumentSchema } from '#libs/contracts';
import { type ApiKeyOwner, ApiProblems, Caller } from '#libs/platform';
import { ORDERS } from '../aggregates.js';
import {
  type CommandHeaders,
  commandAnswerHeaders,
  commandRequest,
  expectedVersion,
  sendAccepted,
} from '../commands/command-http.js';
import { Commands } from '../commands/commands.js';
import {
  type ChangeOrderStatusBody,
  changeOrderStatusSchema,
  type CreateOrderBody,
  createOrderSchema,
} from './order.schemas.js';

@ApiTags('Orders')
@Controller('v1/orders')
export class OrdersController {
  constructor(private readonly commands: Commands) {}

  @Post()
  @ApiOperation({
    operationId: 'createOrder',
    summary: 'Create an order',
    description: 'Answers when the event is durable in the log, and not before.',
  })
  @ApiResponse({
    status: 201,
    standardSchema: orderDocumentSchema,
    headers: {
      ...commandAnswerHeaders,
      Location: { description: 'Where the order is.', schema: { type: 'string' } },
    },
  })
  @ApiProblems(400, 413, 415, 503)
  async create(
    @Caller() caller: ApiKeyOwner,
    @Body({ schema: createOrderSchema }) body: CreateOrderBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderDocument> {
    const orderId = newId();
    const { customer, currency, items, shippingAddress = null, metadata = {} } = body;
    const command: OrderCommand = {
      type: 'create-order',
      orderId,
      customer: { id: customer.id, email: customer.email ?? null, name: customer.name ?? null },
      currency,
      items,
      shippingAddress,
      metadata,
    };
    const accepted = await this.commands.execute(ORDERS, commandRequest(request, caller, orderId, command));
    sendAccepted(reply, accepted);
    void reply.header('location', `/v1/orders/${orderId}`);
    return orderDocument(accepted.stream);
  }

  @Patch(':orderId/status')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'changeOrderStatus',
    summary: 'Take an order one step further in its life',
    description:
      'created → confirmed → shipped → delivered → completed; cancelled from any state before shipped.',
  })
  @ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'The version that the order must have, as in its ETag.',
  })
  @ApiResponse({ status: 200, standardSchema: orderDocumentSchema, headers: commandAnswerHeaders })
  @ApiProblems(400, 404, 409, 412, 413, 415, 503)
  async changeStatus(
    @Caller() caller: ApiKeyOwner,
    @Param('orderId') givenId: string,
    @Headers() headers: CommandHeaders,
    @Body({ schema: changeOrderStatusSchema }) body: ChangeOrderStatusBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderDocument> {
    // As ids are written in the log; readers take them in either case.
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
    const accepted = await this.commands.execute(ORDERS, {
      ...commandRequest(request, caller, orderId, command),
      expectedVersion: expectedVersion(headers),
    });
    sendAccepted(reply, accepted);
    return orderDocument(accepted.stream);
  }
}
