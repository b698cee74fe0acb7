export {
  adjustmentSchema,
  receiptSchema,
  type AdjustmentBody,
  type ReceiptBody,
} from './stock-commands.schemas.js';
export { skuParametersSchema, stockDocumentSchema, type SkuParameters } from './stock-document.schema.js';
export { stockListSchema, stockPages, type StockListQuery } from './stock-queries.schemas.js';
