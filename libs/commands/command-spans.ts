import type { AppendedBatch, AppendTimes, CommandRequest, CommandResult } from '#libs/event-store/core';
import { isSampledTrace, type Rejection, type TopicPartition } from '#libs/kernel';
import { preciseNow, type SpanAttributes, type Tracing } from '#libs/platform';

/** Ids that are made here. Those that clients choose, as of carts, may be personal data. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** More links than OpenTelemetry keeps of a span. */
const MOST_LINKS = 128;

type Execute<Command, State, Refusal extends Rejection> = (
  request: CommandRequest<Command>,
) => Promise<CommandResult<State, Refusal>>;

/**
 * Has a span for a command, from when it was given until its answer. Its events carry the context of that span, so that all
 * who handle them follow from it.
 * @param execute executes the command with that context
 */
export const tracedCommand = <Command, State, Refusal extends Rejection>(
  tracing: Tracing,
  topic: string,
  request: CommandRequest<Command>,
  execute: Execute<Command, State, Refusal>,
): Promise<CommandResult<State, Refusal>> =>
  tracing.isOn ? executeTraced(tracing, topic, request, execute) : execute(request);

async function executeTraced<Command, State, Refusal extends Rejection>(
  tracing: Tracing,
  topic: string,
  request: CommandRequest<Command>,
  execute: Execute<Command, State, Refusal>,
): Promise<CommandResult<State, Refusal>> {
  const { streamId, command, tenant, traceparent: parent } = request;
  const span = tracing.start(`command ${nameOf(command)}`, {
    parent,
    attributes: {
      'orderstream.topic': topic,
      'orderstream.stream_id': UUID.test(streamId) ? streamId : undefined,
      'orderstream.tenant': tenant,
      'orderstream.input': inputOf(command),
    },
  });
  try {
    const result = await execute({ ...request, traceparent: span.traceparent });
    span.set(
      result.ok
        ? { 'orderstream.version': result.value.stream.version }
        : { 'orderstream.refusal': result.problem.code },
    );
    return result;
  } catch (error) {
    span.fail((error as Error).name);
    throw error;
  } finally {
    span.end();
  }
}

/**
 * Has spans for the decision and the append of each command whose trace is recorded. What several share also has a span of
 * its own, linked both ways. Call it right after the append.
 */
export function traceAppend(
  tracing: Tracing,
  { topic, partition }: TopicPartition,
  batch: AppendedBatch,
  { decideMs, appendMs }: AppendTimes,
): void {
  const parents = batch.traceparents.filter(isSampledTrace);
  if (parents.length === 0) return;
  const end = preciseNow();
  const began = end - appendMs;
  const attributes = {
    'messaging.system': 'kafka',
    'messaging.operation.type': 'send',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': String(partition),
  } satisfies SpanAttributes;
  const name = `append ${topic}`;
  const shared =
    batch.traceparents.length > 1
      ? tracing.start(`${name} batch`, {
          kind: 'producer',
          parent: null,
          isRecorded: true,
          links: parents.slice(0, MOST_LINKS),
          startedAt: began,
          attributes: { ...attributes, 'messaging.batch.message_count': batch.encoded.length },
        })
      : undefined;
  const links = shared?.traceparent ? [shared.traceparent] : [];
  for (const parent of parents) {
    tracing.start(`decide ${topic}`, { parent, startedAt: began - decideMs }).end(began);
    tracing.start(name, { kind: 'producer', parent, links, startedAt: began, attributes }).end(end);
  }
  shared?.end(end);
}

function nameOf(command: unknown): string {
  const { type } = (command ?? {}) as { readonly type?: unknown };
  return typeof type === 'string' ? type : 'unknown';
}

/** What comes into a process: the type of an event, or the name of a timer. */
function inputOf(command: unknown): string | undefined {
  const { type, eventType, name } = (command ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof eventType === 'string') return eventType;
  return type === 'fire-timer' && typeof name === 'string' ? name : undefined;
}
