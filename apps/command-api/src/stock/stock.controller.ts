import { Body, Controller, Param, Post, Put } from '@nestjs/common';
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
  type ThresholdBody,
  thresholdSchema,
} from '#libs/inventory/http';
import { RequiresScope } from '#libs/platform';

@ApiTags('Stock')
@Controller('v1/stock/:sku')
@RequiresScope('stock:write')
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

  @Put('threshold')
  @ApiOperation({
    operationId: 'setStockThreshold',
    summary: 'Set the quantity at which an article is low',
    description:
      'Crossing it later leads to `stock.low` or `stock.replenished`; setting it leads to neither. ' +
      'Also works for an unknown SKU, except with null.',
  })
  @AnswersCommand(200, stockDocumentSchema)
  setThreshold(
    @Origin() origin: CommandOrigin,
    @Param({ schema: skuParametersSchema }) { sku }: SkuParameters,
    @Body({ schema: thresholdSchema }) { lowAt }: ThresholdBody,
  ): Promise<StockDocument> {
    return this.#execute({ type: 'set-threshold', sku, lowAt }, origin);
  }

  async #execute(command: StockCommand, origin: CommandOrigin): Promise<StockDocument> {
    const streamId = stockStreamId(origin.caller.tenant, command.sku);
    const accepted = await this.commands.execute(STOCK_AGGREGATE, commandRequest(origin, streamId, command));
    sendAccepted(origin, accepted);
    return stockDocument(accepted.stream);
  }
}
