import type { RecordedEvent } from '#libs/kernel';

/** What a process event tells of its input and of the commands that it sent. */
interface ProcessSteps {
  readonly input?: unknown;
  readonly commands?: readonly { readonly commandId: string }[];
}

/**
 * The events that led to each event most directly, by event id. `causationId` names the event that a whole step of a process
 * began with; this follows its commands and their answers: `process.started` → `stock.reserved` → `process.advanced`.
 * @param events in order of time. Causes outside of them are left out
 */
export function directCauses(events: readonly RecordedEvent[]): ReadonlyMap<string, readonly string[]> {
  const ids = new Set(events.map(({ metadata }) => metadata.eventId));
  const senders = new Map<string, string>();
  const effects = new Map<string, string[]>();
  const causes = new Map<string, readonly string[]>();
  for (const event of events) {
    const { eventId, causationId } = event.metadata;
    const command = sentCommandOf(event);
    const sender = senders.get(command);
    const found = stepsOf(event)
      ? causesOfStep(answeredCommandOf(event), senders, effects)
      : sender === undefined
        ? []
        : [sender];
    const known =
      found.length > 0 ? found : causationId !== null && ids.has(causationId) ? [causationId] : [];
    causes.set(
      eventId,
      known.filter((cause) => cause !== eventId),
    );
    if (sender !== undefined) effects.set(command, [...(effects.get(command) ?? []), eventId]);
    for (const { commandId } of stepsOf(event)?.commands ?? []) senders.set(commandId, eventId);
  }
  return causes;
}

/** An answer comes from what its command did, or, where that left no event, from the command's sender. */
function causesOfStep(
  answered: string | undefined,
  senders: ReadonlyMap<string, string>,
  effects: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  if (answered === undefined) return [];
  const sender = senders.get(answered);
  return effects.get(answered) ?? (sender === undefined ? [] : [sender]);
}

/** Commands that a target splits, such as a reservation by article, have the id that was sent and a word more. */
const sentCommandOf = ({ metadata }: RecordedEvent): string => metadata.commandId.split(' ', 1)[0] ?? '';

const stepsOf = ({ type, data }: RecordedEvent): ProcessSteps | undefined =>
  type.startsWith('process.') ? (data as ProcessSteps) : undefined;

function answeredCommandOf(event: RecordedEvent): string | undefined {
  const input = stepsOf(event)?.input;
  if (typeof input !== 'string') return undefined;
  try {
    const { type, commandId } = JSON.parse(input) as {
      readonly type?: unknown;
      readonly commandId?: unknown;
    };
    return type === 'handle-answer' && typeof commandId === 'string' ? commandId : undefined;
  } catch {
    return undefined;
  }
}
