export { AGGREGATES, ORDER_AGGREGATE, STOCK_AGGREGATE, SUBSCRIPTION_AGGREGATE } from './aggregates.js';
export { CommandingModule } from './commanding.module.js';
export { Commands } from './commands.js';
export { ApiCommandHeaders, ApiIdempotencyKey } from './http/command-headers.js';
export {
  commandAnswerHeaders,
  commandRequest,
  createRequest,
  idempotencyKey,
  sendAccepted,
  sourceOf,
  sourceOfItem,
  type CommandSource,
} from './http/command-http.js';
export { processRequest } from './process-request.js';
