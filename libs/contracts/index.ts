export { type AvroSchema, fullNameOf, type RecordSchema } from './avro-schema.js';
export {
  EVENT_TOPICS,
  TENANT_EVENT_CONTRACTS,
  TENANT_EVENT_TOPICS,
  TENANT_EVENT_TYPES,
  EVENT_TYPE_PATTERNS,
  cloudEvent,
  contractOfEvent,
  isEventTypePattern,
  isHiddenField,
  matchesEventType,
  publicData,
} from './event-catalogue.js';
export { hasField } from './event-fields.js';
export { EventDecodingError } from './codec-errors.js';
export { describeDeliveries } from './deliveries/delivery-webhooks.js';
export { exampleDelivery } from './deliveries/event-examples.js';
export { describeEventTypes, type DescribedEventType } from './deliveries/event-type-catalogue.js';
export {
  EventCodec,
  sizedBatch,
  type EncodedEvent,
  type EventToEncode,
  type LoggedEvent,
  type ReadableEvents,
  type RecordToDecode,
  type SchemaRegistryPort,
} from './event-codec.js';
export {
  ID_HEADER,
  SOURCE_HEADER,
  TYPE_HEADER,
  isFenceRecord,
  isForeign,
  type RecordMarks,
} from './record-headers.js';
export type { EventContract } from './event-contract.js';
export { EVENT_CONTRACTS } from './generated/catalogue.js';
export { currencySchema } from './http/currency.schema.js';
export { emailSchema } from './http/email.schema.js';
export { pageOf, timestampSchema } from './http/answer.schemas.js';
export { eventDocument, eventDocumentSchema, type EventDocument } from './http/event-document.js';
export {
  customerSchema,
  orderMetadataSchema,
  paymentSchema,
  quantitySchema,
  shippingAddressSchema,
  unitPriceSchema,
} from './http/ordering.schemas.js';
export { HIDDEN_TEXT, leadsToPersonalData, withoutPersonalData } from './personal-data.js';
export { isStorable, patternOfTexts, storableText } from './http/text.schema.js';
