import { type Clock, continuesTrace, isSampledTrace } from '#libs/kernel';
import type { SpanStart, Tracing } from '#libs/platform';
import type { AttemptOutcome, AttemptRequest, WebhookClient } from '../core/ports.js';
import { targetOf } from './signed-request.js';

/** More links than OpenTelemetry keeps of a span. */
const MOST_LINKS = 128;

/** A client with a span for each attempt, whose context the subscriber gets. */
export const tracedWebhookClient = (
  client: WebhookClient,
  tracing: Tracing,
  clock: Pick<Clock, 'now'>,
): WebhookClient =>
  tracing.isOn
    ? { attempt: (request, signal) => attemptTraced(client, tracing, clock.now(), request, signal) }
    : client;

async function attemptTraced(
  client: WebhookClient,
  tracing: Tracing,
  now: number,
  request: AttemptRequest,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  const start = startOf(request, now);
  const span = start && tracing.start(`deliver ${request.events[0].type}`, start);
  if (!span?.traceparent) return client.attempt(request, signal);
  const { traceparent } = span;
  if (!span.isRecorded) return client.attempt({ ...request, traceparent }, signal);
  const outcome = await client.attempt({ ...request, traceparent }, signal);
  span.set({ 'http.response.status_code': outcome.status });
  if (outcome.outcome === 'failed') {
    const { reason, status } = outcome;
    span.fail(reason === 'status' ? String(status) : reason);
  }
  span.end();
  return { ...outcome, traceparent };
}

/**
 * Continues the trace of the first event, as far as it is recorded. A replay, and an attempt long after the event, begin a
 * trace of their own. `undefined` for an event without a trace.
 */
function startOf(
  { subscription, replayId, events, attempt }: AttemptRequest,
  now: number,
): SpanStart | undefined {
  const [first, ...others] = events;
  const { metadata, position } = first;
  if (metadata.traceparent === null) return undefined;
  const isContinued = replayId === null && continuesTrace(metadata, now);
  if (isContinued && !isSampledTrace(metadata.traceparent)) return undefined;
  const linked = (isContinued ? others : events).flatMap((event) => event.metadata.traceparent ?? []);
  return {
    kind: 'client',
    parent: isContinued ? metadata.traceparent : null,
    links: linked.slice(0, MOST_LINKS),
    attributes: {
      'http.request.method': 'POST',
      'server.address': new URL(targetOf(subscription).origin).hostname,
      'http.request.resend_count': attempt > 1 ? attempt - 1 : undefined,
      'messaging.message.id': metadata.eventId,
      'messaging.batch.message_count': events.length > 1 ? events.length : undefined,
      'messaging.destination.name': position.topic,
      'orderstream.event_type': first.type,
      'orderstream.subscription_id': subscription.subscriptionId,
      'orderstream.replay_id': replayId ?? undefined,
      'orderstream.attempt': attempt,
      'orderstream.tenant': subscription.tenant,
    },
  };
}
