import { Counter, Gauge } from 'prom-client';

export type ReaderKind = 'poll' | 'stream' | 'tail';

export const readersNow = new Gauge({
  name: 'orderstream_event_stream_readers',
  help: 'Event streams and long polls that are open.',
  labelNames: ['kind'],
});

export const eventsSent = new Counter({
  name: 'orderstream_event_stream_events_total',
  help: 'Events that were sent to readers.',
  labelNames: ['kind'],
});

type Lags = { readonly tail: number; readonly readers: number };
let readLags: () => Lags = () => ({ tail: 0, readers: 0 });

/** Registered when it is created. */
export const streamLag = new Gauge({
  name: 'orderstream_event_stream_lag',
  help: 'Offsets that are not read yet: of the log by the tail, and of the tail by the reader that is furthest behind.',
  labelNames: ['of'],
  aggregator: 'max',
  collect() {
    for (const [of, lag] of Object.entries(readLags())) this.set({ of }, lag);
  },
});

export function observeStreamLags(lags: () => Lags): void {
  readLags = lags;
}
