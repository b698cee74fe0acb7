export { CommandingModule } from './commanding.module.js';
export { commandProblem, Commands } from './commands.js';
export {
  AnswersCommand,
  AnswersCreation,
  ApiIdempotencyKey,
  type AskedFor,
  commandAnswerHeaders,
  commandRequest,
  createdId,
  createRequest,
  idempotencyKey,
  sendAccepted,
  sourceOf,
  sourceOfItem,
  Origin,
  type CommandOrigin,
  type CommandSource,
} from './http/command-http.js';
export { type ProcessCause, processRequest } from './process-request.js';
export { APPEND_SECONDS, STREAMS_CREATED, WRITER_STREAMS } from './writer-log.js';
