import { Body, Controller, Param, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AnswersCommand, commandRequest, Commands, sendAccepted } from '#libs/commands';
import {
  type StockCommand,
  type StockDocument,
  stockDocument,
  stockStreamId,
  STOCK_AGGREGATE,
} from '#libs/inventory';
import { type ApiKeyOwner, Caller } from '#libs/platform';
import {
  type AdjustmentBody,
  adjustmentSchema,
  type ReceiptBody,
  receiptSchema,
  type SkuParameters,
  skuParametersSchema,
  stockDocumentSchema,
} from '#libs/inventory/http';

@ApiTags('Stock')
@Controller('v1/stock/:sku')
export class StockController {
  constructor(private readonly commands: Commands) {}

  @Post('receipts')
  @ApiOperation({ operationId: 'receiveStock', summary: 'Receive goods' })
  @AnswersCommand(201, stockDocumentSchema)
  receive(
    @Caller() caller: ApiKeyOwner,
    @Param({ schema: skuParametersSchema }) { sku }: SkuParameters,
    @Body({ schema: receiptSchema }) { quantity }: ReceiptBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StockDocument> {
    return this.#execute({ type: 'receive-stock', sku, quantity }, caller, request, reply);
  }

  @Post('adjustments')
  @ApiOperation({
    operationId: 'adjustStock',
    summary: 'Adjust the quantity on hand',
    description: 'Also works for an unknown SKU. Available stock cannot go below zero.',
  })
  @AnswersCommand(201, stockDocumentSchema)
  adjust(
    @Caller() caller: ApiKeyOwner,
    @Param({ schema: skuParametersSchema }) { sku }: SkuParameters,
    @Body({ schema: adjustmentSchema }) { quantity, reason }: AdjustmentBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StockDocument> {
    return this.#execute({ type: 'adjust-stock', sku, quantity, reason }, caller, request, reply);
  }

  async #execute(
    command: StockCommand,
    caller: ApiKeyOwner,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<StockDocument> {
    const streamId = stockStreamId(caller.tenant, command.sku);
    const accepted = await this.commands.execute(
      STOCK_AGGREGATE,
      commandRequest(request, caller, streamId, command),
    );
    sendAccepted(reply, accepted);
    return stockDocument(accepted.stream);
  }
}
