import type { EventBatch, RecordedEvent } from '#libs/kernel';
import { someMetadata } from '#libs/orders/testing';
import { NO_TRACING } from '#libs/platform';
import { RecordedTracing } from '#libs/platform/testing';
import { startBatchSpans } from './projection-spans.js';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const UNSAMPLED = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
const NOW = Date.parse('2026-01-31T12:00:00.000Z');

const eventOf = (traceparent: string | null, ageMs = 0): RecordedEvent => ({
  type: 'order.created',
  data: {},
  position: { topic: 'orders', partition: 0, offset: 7 },
  metadata: { ...someMetadata({ traceparent }), occurredAt: new Date(NOW - ageMs).toISOString() },
});
const batchOf = (...events: RecordedEvent[]): EventBatch => ({
  topic: 'orders',
  partition: 0,
  first: 7,
  next: 8,
  events,
});

describe('a batch of events that is projected', () => {
  it('is in the trace of each event that is recorded, linked both ways, until all projections have it', () => {
    const tracing = new RecordedTracing();
    const spans = startBatchSpans(tracing, batchOf(eventOf(TRACE), eventOf(null), eventOf(UNSAMPLED)), NOW);
    spans?.applied('orders');
    spans?.applied('order-statistics');
    expect(tracing.spans.map(({ hasEnded }) => hasEnded)).toEqual([false, false]);
    spans?.end(false);
    const [shared] = tracing.named('project orders batch');
    expect(shared).toMatchObject({ parent: null, links: [TRACE], hasEnded: true, failure: undefined });
    expect(tracing.named('project order.created')).toMatchObject([
      {
        parent: TRACE,
        links: [shared?.traceparent],
        notes: ['orders', 'order-statistics'],
        hasEnded: true,
      },
    ]);
  });

  it('that fails says so', () => {
    const tracing = new RecordedTracing();
    startBatchSpans(tracing, batchOf(eventOf(TRACE)), NOW)?.end(true);
    expect(tracing.spans).toMatchObject([{ name: 'project order.created', failure: 'projection' }]);
  });

  it.each([
    ['without a trace', eventOf(null), new RecordedTracing()],
    ['of a trace that is not recorded', eventOf(UNSAMPLED), new RecordedTracing()],
    ['from long ago', eventOf(TRACE, 3_600_001), new RecordedTracing()],
    ['while tracing is off', eventOf(TRACE), NO_TRACING],
  ])('has no span for events %s', (_, event, tracing) => {
    expect(startBatchSpans(tracing, batchOf(event), NOW)).toBeUndefined();
  });
});
