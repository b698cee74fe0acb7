export { CommandingModule } from './commanding.module.js';
export { Commands } from './commands.js';
export {
  AnswersCommand,
  AnswersCreation,
  ApiIdempotencyKey,
  commandAnswerHeaders,
  commandRequest,
  createRequest,
  idempotencyKey,
  sendAccepted,
  sourceOf,
  sourceOfItem,
  Origin,
  type CommandOrigin,
  type CommandSource,
} from './http/command-http.js';
export { processRequest } from './process-request.js';
