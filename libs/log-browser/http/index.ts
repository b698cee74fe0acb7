export { LiveTail } from './live-tail.js';
export { LogBrowser } from './log-browser.js';
export {
  type LogPageDocument,
  type LogPageQuery,
  logPageQuerySchema,
  logPageSchema,
  type LogPartitionParameters,
  logPartitionParametersSchema,
  type LogRecordParameters,
  logRecordParametersSchema,
  type LogStreamQuery,
  logStreamQuerySchema,
  type LogTopicsDocument,
  logTopicsSchema,
} from './log-browser.schemas.js';
export { type LogRecordDocument, logRecordSchema } from './log-record.schemas.js';
export {
  EventSchemas,
  type SchemaListDocument,
  schemaListSchema,
  type SchemaVersionDocument,
  type SchemaVersionParameters,
  schemaVersionParametersSchema,
  schemaVersionSchema,
} from './event-schemas.js';
