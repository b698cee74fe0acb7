import { ORDER_AGGREGATE } from '#libs/orders';
import { Controller, HttpCode, Logger, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Commands, type CommandSource, idempotencyKey, sourceOf, sourceOfItem } from '#libs/commands';
import { formatPosition, Pieces } from '#libs/kernel';
import {
  type ApiKeyOwner,
  type BatchItem,
  batchItems,
  BodySchema,
  Caller,
  invalidRequest,
  NDJSON,
  ProblemException,
  TakesBatch,
} from '#libs/platform';
import { createOrderRequest } from './create-order.js';
import {
  batchAnswerSchema,
  batchBodySchema,
  batchItemSchema,
  type BatchResult,
  MAX_BATCH,
} from '#libs/orders/http';

/** Bytes of orders to validate and submit before yielding to other requests. */
const PIECE_BYTES = 65_536;
/** Validation errors reported per order. */
const MAX_ERRORS = 5;

@ApiTags('Orders')
@Controller('v1/orders/batch')
export class OrderBatchController {
  readonly #logger = new Logger(OrderBatchController.name);

  constructor(private readonly commands: Commands) {}

  @Post()
  @HttpCode(200)
  @TakesBatch()
  @ApiOperation({
    operationId: 'createOrders',
    summary: 'Create up to 1,000 orders',
    description:
      'Each order succeeds or fails independently and has its own result. ' +
      `Send a JSON array, or one order per line with Content-Type: ${NDJSON}.`,
  })
  @BodySchema(batchBodySchema)
  @ApiResponse({ status: 200, standardSchema: batchAnswerSchema })
  async create(
    @Caller() caller: ApiKeyOwner,
    @Req() request: FastifyRequest,
  ): Promise<{ results: BatchResult[] }> {
    if (idempotencyKey(request) !== undefined) {
      const message = 'does not apply to a batch: give each order its own idempotencyKey';
      throw invalidRequest([{ path: ['Idempotency-Key'], message }]);
    }
    const items = await batchItems(request, MAX_BATCH);
    const source = sourceOf(request, caller);
    const pieces = new Pieces(PIECE_BYTES);
    const results: Promise<BatchResult>[] = [];
    for (const item of items) {
      await pieces.before(item.bytes);
      results.push(this.#create(item, sourceOfItem(source, item.bytes)));
    }
    return { results: await Promise.all(results) };
  }

  async #create(item: BatchItem, source: CommandSource): Promise<BatchResult> {
    try {
      if (!item.ok) throw item.problem;
      const parsed = batchItemSchema.safeParse(item.value);
      if (!parsed.success) throw invalidRequest(parsed.error.issues, { input: item.value, most: MAX_ERRORS });
      const { idempotencyKey: key, ...order } = parsed.data;
      const create = createOrderRequest({ ...source, key }, order);
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
        : new ProblemException({
            code: 'internal-error',
            detail: 'The order failed because of an internal error.',
          });
    return { status: problem.status, error: problem.toBody(url) };
  }
}
