export { eventsSent } from './event-stream.metrics.js';
export {
  pollSchema,
  polledEventsSchema,
  streamSchema,
  type PollQuery,
  type PolledEvents,
  type StreamQuery,
} from './event-stream.schemas.js';
export { EventStreams, type OpenReader, obstacleProblem, orUnavailable } from './event-streams.js';
export { EVENT_STREAM_HEADERS, ValueStream, type ValueStreamOptions } from './value-stream.js';
export { ServerSentEvents } from './server-sent-events.js';
