export {
  adjustmentSchema,
  receiptSchema,
  thresholdSchema,
  type AdjustmentBody,
  type ReceiptBody,
  type ThresholdBody,
} from './stock-commands.schemas.js';
export { skuParametersSchema, stockDocumentSchema, type SkuParameters } from './stock-document.schema.js';
export { stockListSchema, stockPages, type StockListQuery } from './stock-queries.schemas.js';
