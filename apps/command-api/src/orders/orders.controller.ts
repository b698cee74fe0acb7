import { Body, Controller, HttpCode, Inject, Logger, Param, Patch, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import {
  AnswersCommand,
  AnswersCreation,
  commandRequest,
  Commands,
  type CommandOrigin,
  type CommandSource,
  createRequest,
  idempotencyKey,
  Origin,
  sendAccepted,
  sourceOf,
  sourceOfItem,
} from '#libs/commands';
import type { CommandRequest } from '#libs/event-store/core';
import { PersonalData } from '#libs/personal-data/sealing';
import { formatPosition, isUuid, Pieces } from '#libs/kernel';
import {
  type CreateOrder,
  type OrderCommand,
  type OrderDocument,
  orderDocument,
  ORDER_AGGREGATE,
} from '#libs/orders';
import {
  batchAnswerSchema,
  batchBodySchema,
  batchItemSchema,
  type BatchResult,
  type ChangeOrderStatusBody,
  changeOrderStatusSchema,
  type CreateOrderBody,
  createOrderSchema,
  orderDocumentSchema,
} from '#libs/orders/http';
import {
  type BatchItem,
  batchItems,
  BodySchema,
  CreatesOrders,
  IdParameter,
  invalidRequest,
  NDJSON,
  ProblemException,
  RequiresScope,
  SETTINGS,
  type Settings,
  takeOrders,
  TakesBatch,
  TenantQuotas,
} from '#libs/platform';

/** Weight of the orders to validate and submit before yielding to other requests: a few milliseconds' worth. */
const PIECE_WEIGHT = 65_536;
/** Validation errors reported per order. */
const MAX_ERRORS = 5;

@ApiTags('Orders')
@Controller('v1/orders')
@RequiresScope('orders:write')
export class OrdersController {
  readonly #logger = new Logger(OrdersController.name);

  constructor(
    private readonly commands: Commands,
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly quotas: TenantQuotas,
    private readonly personalData: PersonalData,
  ) {}

  @Post('batch')
  @HttpCode(200)
  @TakesBatch()
  @CreatesOrders('several')
  @ApiOperation({
    operationId: 'createOrders',
    summary: 'Create up to 1,000 orders',
    description:
      'Each order succeeds or fails independently and has its own result. ' +
      `Send a JSON array, or one order per line with Content-Type: ${NDJSON}.`,
  })
  @BodySchema(batchBodySchema)
  @ApiResponse({ status: 200, standardSchema: batchAnswerSchema })
  async createBatch(@Origin() origin: CommandOrigin): Promise<{ results: BatchResult[] }> {
    if (idempotencyKey(origin.request) !== undefined) {
      const message = 'does not apply to a batch: give each order its own idempotencyKey';
      throw invalidRequest([{ path: ['Idempotency-Key'], message }]);
    }
    const items = await batchItems(origin.request, this.quotas.of(origin.caller.tenant).batchSize);
    takeOrders(origin.request, items.length);
    const source = sourceOf(origin);
    const pieces = new Pieces(PIECE_WEIGHT);
    const results: Promise<BatchResult>[] = [];
    for (const item of items) {
      await pieces.before(item.weight);
      results.push(this.#createItem(item, sourceOfItem(source, item.bytes)));
    }
    return { results: await Promise.all(results) };
  }

  @Post()
  @CreatesOrders('one')
  @ApiOperation({
    operationId: 'createOrder',
    summary: 'Create an order',
    description: 'Responds only once the event is durable in the log.',
  })
  @AnswersCreation(orderDocumentSchema, 'the order', '/v1/orders/{id}')
  async create(
    @Origin() origin: CommandOrigin,
    @Body({ schema: createOrderSchema }) body: CreateOrderBody,
  ): Promise<OrderDocument> {
    const create = await this.#creation(sourceOf(origin), body);
    const accepted = await this.commands.execute(ORDER_AGGREGATE, create);
    sendAccepted(origin, accepted);
    void origin.reply.header('location', `/v1/orders/${create.streamId}`);
    return orderDocument(accepted.stream);
  }

  @Patch(':orderId/status')
  @IdParameter('orderId')
  @ApiOperation({
    operationId: 'changeOrderStatus',
    summary: 'Change the status of an order',
    description:
      'created → confirmed → shipped → delivered → completed; an order can be cancelled until it ships.',
  })
  @AnswersCommand(200, orderDocumentSchema)
  async changeStatus(
    @Origin() origin: CommandOrigin,
    @Param('orderId') givenId: string,
    @Body({ schema: changeOrderStatusSchema }) body: ChangeOrderStatusBody,
  ): Promise<OrderDocument> {
    if (!isUuid(givenId)) {
      throw new ProblemException('order-not-found', `Order ${givenId} does not exist.`);
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
    const accepted = await this.commands.execute(ORDER_AGGREGATE, commandRequest(origin, orderId, command));
    sendAccepted(origin, accepted);
    return orderDocument(accepted.stream);
  }

  /** Single and batch requests share this, so an idempotency key means the same in both. */
  async #creation(source: CommandSource, body: CreateOrderBody): Promise<CommandRequest<CreateOrder>> {
    const { customer, currency, items, metadata = {}, payment } = body;
    const clear = {
      email: customer.email ?? null,
      name: customer.name ?? null,
      shippingAddress: body.shippingAddress ?? null,
    };
    const personal = await this.personalData.sealed(source.caller.tenant, customer.id, clear);
    const { enabled: fulfilment } = this.settings.fulfilment;
    const creationOf = (orderId: string, { email, name, shippingAddress }: typeof clear): CreateOrder => ({
      type: 'create-order',
      orderId,
      customer: { id: customer.id, email, name },
      currency,
      items,
      shippingAddress,
      metadata,
      payment: payment ? { token: payment.token, country: payment.country ?? null } : null,
      fulfilment,
    });
    return createRequest(
      source,
      'orders',
      (orderId) => creationOf(orderId, personal),
      (command) => ({
        asked: asked(command),
        // Earlier releases sealed nothing.
        ...(personal !== clear && { formerly: asked(creationOf(command.orderId, clear)) }),
      }),
      () => this.commands.newStreamId(ORDER_AGGREGATE),
    );
  }

  async #createItem({ read }: BatchItem, source: CommandSource): Promise<BatchResult> {
    try {
      if (!read.ok) throw read.problem;
      const { value } = read;
      const parsed = batchItemSchema.safeParse(value);
      if (!parsed.success) throw invalidRequest(parsed.error.issues, { input: value, most: MAX_ERRORS });
      const { idempotencyKey: key, ...order } = parsed.data;
      const create = await this.#creation({ ...source, key }, order);
      const { stream, position } = await this.commands.execute(ORDER_AGGREGATE, create);
      const { streamId: orderId } = create;
      return { status: 201, orderId, version: stream.version, position: formatPosition(position) };
    } catch (error) {
      return this.#failed(error, source.request);
    }
  }

  #failed(error: unknown, { id, url }: FastifyRequest): BatchResult {
    if (!(error instanceof ProblemException)) this.#logger.error({ err: error, requestId: id });
    const problem =
      error instanceof ProblemException
        ? error
        : new ProblemException('internal-error', 'The order failed because of an internal error.');
    return { status: problem.status, error: problem.toBody(url) };
  }
}

/** What earlier releases hashed too, so that a retry is recognized after an update. */
function asked(command: CreateOrder): unknown {
  const { type, orderId, customer, currency, items, shippingAddress, metadata, payment } = command;
  const order = { type, orderId, customer, currency, items, shippingAddress, metadata };
  return payment ? { ...order, payment } : order;
}
