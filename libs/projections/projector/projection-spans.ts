import { continuesTrace, type EventBatch, isSampledTrace } from '#libs/kernel';
import { preciseNow, type Tracing } from '#libs/platform';

/** More links than OpenTelemetry keeps of a span. */
const MOST_LINKS = 128;

export interface BatchSpans {
  /** A projection has applied the batch. */
  applied(projection: string): void;
  /** All have, or have failed. */
  end(failed: boolean): void;
}

/**
 * Spans of the events of a batch whose traces are recorded: each belongs to its event's trace, from when the batch is taken
 * until all projections have it. A batch of several also has one of its own, linked both ways. Events that are read again
 * later, as for a rebuild, have none.
 * @returns `undefined` if there is nothing to record
 */
export function startBatchSpans(
  tracing: Tracing,
  { topic, partition, events }: EventBatch,
  now: number,
): BatchSpans | undefined {
  if (!tracing.isOn) return undefined;
  const recorded = events.filter(
    ({ metadata }) => isSampledTrace(metadata.traceparent) && continuesTrace(metadata, now),
  );
  if (recorded.length === 0) return undefined;
  const startedAt = preciseNow();
  const parents = recorded.flatMap(({ metadata }) => metadata.traceparent ?? []);
  const attributes = {
    'messaging.system': 'kafka',
    'messaging.operation.type': 'process',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': String(partition),
  };
  const shared =
    events.length > 1
      ? tracing.start(`project ${topic} batch`, {
          kind: 'consumer',
          parent: null,
          isRecorded: true,
          startedAt,
          links: parents.slice(0, MOST_LINKS),
          attributes: { ...attributes, 'messaging.batch.message_count': events.length },
        })
      : undefined;
  const links = shared?.traceparent ? [shared.traceparent] : [];
  const spans = recorded.map(({ type, metadata, position }) =>
    tracing.start(`project ${type}`, {
      kind: 'consumer',
      parent: metadata.traceparent,
      startedAt,
      links,
      attributes: {
        ...attributes,
        'messaging.message.id': metadata.eventId,
        'messaging.kafka.offset': position.offset,
      },
    }),
  );
  const all = shared ? [shared, ...spans] : spans;
  return {
    applied: (projection) => {
      const at = preciseNow();
      for (const span of all) span.note(projection, at);
    },
    end: (failed) => {
      const at = preciseNow();
      for (const span of all) {
        if (failed) span.fail('projection');
        span.end(at);
      }
    },
  };
}
