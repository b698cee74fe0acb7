export { eventsSent } from './event-stream.metrics.js';
export {
  eventTypesParameter,
  pollSchema,
  polledEventsSchema,
  streamSchema,
  type PollQuery,
  type PolledEvents,
  type StreamQuery,
} from './event-stream.schemas.js';
export { EventStreamingModule } from './event-streaming.module.js';
export { EventStreams, fromLog, type OpenReader, obstacleProblem, orUnavailable } from './event-streams.js';
export { ServerSentEvents } from './server-sent-events.js';
export { EVENT_STREAM_HEADERS, STREAM_TIMES } from './stream-answers.js';
export { ValueStream, type ValueStreamOptions } from './value-stream.js';
