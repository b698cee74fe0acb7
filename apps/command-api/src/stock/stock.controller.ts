import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  AnswersCommand,
  type CommandOrigin,
  commandRequest,
  Commands,
  Origin,
  sendAccepted,
} from '#libs/commands';
import {
  type StockCommand,
  type StockDocument,
  stockDocument,
  stockStreamId,
  STOCK_AGGREGATE,
} from '#libs/inventory';
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
    @Origin() origin: CommandOrigin,
    @Param({ schema: skuParametersSchema }) { sku }: SkuParameters,
    @Body({ schema: receiptSchema }) { quantity }: ReceiptBody,
  ): Promise<StockDocument> {
    return this.#execute({ type: 'receive-stock', sku, quantity }, origin);
  }

  @Post('adjustments')
  @ApiOperation({
    operationId: 'adjustStock',
    summary: 'Adjust the quantity on hand',
    description: 'Also works for an unknown SKU. Available stock cannot go below zero.',
  })
  @AnswersCommand(201, stockDocumentSchema)
  adjust(
    @Origin() origin: CommandOrigin,
    @Param({ schema: skuParametersSchema }) { sku }: SkuParameters,
    @Body({ schema: adjustmentSchema }) { quantity, reason }: AdjustmentBody,
  ): Promise<StockDocument> {
    return this.#execute({ type: 'adjust-stock', sku, quantity, reason }, origin);
  }

  async #execute(command: StockCommand, origin: CommandOrigin): Promise<StockDocument> {
    const streamId = stockStreamId(origin.caller.tenant, command.sku);
    const accepted = await this.commands.execute(STOCK_AGGREGATE, commandRequest(origin, streamId, command));
    sendAccepted(origin, accepted);
    return stockDocument(accepted.stream);
  }
}
