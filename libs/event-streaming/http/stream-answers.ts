/** Headers of every answer with server-sent events. */
export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // A connection is not reused after a stream, so that it cannot delay a shutdown.
  connection: 'close',
  // Keeps proxies such as nginx from buffering events.
  'x-accel-buffering': 'no',
};

/** Limits of every stream. A credential that expires ends its stream earlier. */
export const STREAM_TIMES = { heartbeatMs: 15_000, stallMs: 120_000, maxAgeMs: 900_000 };
