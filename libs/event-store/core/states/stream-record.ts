import {
  applyEvent,
  type Decider,
  type DomainEvent,
  emptyStream,
  type RecordedEvent,
  type Stream,
} from '#libs/kernel';

/** The outcome of a repeatable command, so that a repeat gets the same answer. */
export interface RememberedCommand<State> {
  /** A client's idempotency key, or the id that a process manager derived. */
  readonly commandId: string;
  /** `null` for a process manager's command, whose id identifies exactly one request. */
  readonly requestHash: string | null;
  readonly firstVersion: number;
  /** The stream after the command; it shares most of its parts with the next one. */
  readonly stream: Stream<State>;
  /** Offset of the command's last event. */
  readonly offset: number;
}

/** Everything the command side knows about a stream. Immutable. */
export interface StreamRecord<State> {
  readonly stream: Stream<State>;
  /** Offset of the stream's last event; -1 while it has none. */
  readonly lastOffset: number;
  /**
   * Oldest first. Keeps the command that created the stream for ever, and the last {@link REMEMBERED} commands each of
   * clients and of process managers, so that a busy process manager cannot evict a client's key.
   */
  readonly commands: readonly RememberedCommand<State>[];
}

/** Commands of each kind that a stream remembers besides its first. */
export const REMEMBERED = 1_000;

export const emptyRecord = <State>(initialState: State): StreamRecord<State> => ({
  stream: emptyStream(initialState),
  lastOffset: -1,
  commands: [],
});

/** Applies the next event of the stream. @throws if the event is not the next one */
export function applyToRecord<State, Event extends DomainEvent>(
  decider: Pick<Decider<State, never, Event>, 'evolve'>,
  record: StreamRecord<State>,
  event: Pick<RecordedEvent<Event>, 'type' | 'data' | 'metadata'>,
  offset: number,
): StreamRecord<State> {
  const stream = applyEvent(decider, record.stream, event);
  const { commandId, requestHash, eventId } = event.metadata;
  // A command without its own id takes its event's id and cannot be repeated.
  if (commandId === eventId) return { stream, lastOffset: offset, commands: record.commands };
  const remembered = { commandId, requestHash, firstVersion: stream.version, stream, offset };
  return { stream, lastOffset: offset, commands: remember(record.commands, remembered) };
}

/** Owns headless streams; no real tenant has this name. */
const NOBODY = '';

/**
 * Like {@link applyToRecord}, but for a log with accepted gaps. An event missing from the middle of a stream counts as a
 * no-op. A stream whose beginning is missing belongs to nobody: its id stays in use, so it cannot start again, and no
 * command can change it.
 */
export function applyBehindGap<State, Event extends DomainEvent>(
  decider: Pick<Decider<State, never, Event>, 'evolve'>,
  record: StreamRecord<State>,
  event: Pick<RecordedEvent<Event>, 'type' | 'data' | 'metadata'>,
  offset: number,
): StreamRecord<State> {
  const { version } = event.metadata;
  const { stream } = record;
  const isHeadless = stream.version === 0 ? version > 1 : stream.tenant === NOBODY;
  if (isHeadless) return { stream: { ...stream, version, tenant: NOBODY }, lastOffset: offset, commands: [] };
  const before = stream.version < version - 1 ? { ...stream, version: version - 1 } : stream;
  return applyToRecord(decider, { ...record, stream: before }, event, offset);
}

function remember<State>(
  commands: readonly RememberedCommand<State>[],
  command: RememberedCommand<State>,
): readonly RememberedCommand<State>[] {
  // A command's events are contiguous, and the last one determines the stream after it.
  const last = commands.at(-1);
  if (last?.commandId === command.commandId)
    return [...commands.slice(0, -1), { ...command, firstVersion: last.firstVersion }];
  if (commands.length < REMEMBERED) return [...commands, command];
  const rivals = commands.filter((each) => isForgettable(each) && isOfProcess(each) === isOfProcess(command));
  const oldest = rivals.length < REMEMBERED ? undefined : rivals[0];
  return [...commands.filter((each) => each !== oldest), command];
}

const isForgettable = ({ firstVersion }: RememberedCommand<unknown>): boolean => firstVersion > 1;

const isOfProcess = ({ requestHash }: RememberedCommand<unknown>): boolean => requestHash === null;

export const findCommand = <State>(
  { commands }: StreamRecord<State>,
  commandId: string,
): RememberedCommand<State> | undefined => commands.find((command) => command.commandId === commandId);
