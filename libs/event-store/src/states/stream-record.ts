import {
  applyEvent,
  type Decider,
  type DomainEvent,
  emptyStream,
  type RecordedEvent,
  type Stream,
} from '#libs/kernel';

/** What a command led to that can come again, so that its repeat gets the same answer. */
export interface RememberedCommand<State> {
  /** A client's idempotency key, or the id that one of our own processes derived. */
  readonly commandId: string;
  /** `null` for a command of a process: its id stands for one request and no other. */
  readonly requestHash: string | null;
  /** Of the command's first event. */
  readonly firstVersion: number;
  /** The stream as the command left it: with most of its parts shared with the next one's. */
  readonly stream: Stream<State>;
  /** Of the command's last event. */
  readonly offset: number;
}

/** All that the command side knows of a stream. Immutable. */
export interface StreamRecord<State> {
  readonly stream: Stream<State>;
  /** Offset of the stream's last event; -1 while it has none. */
  readonly lastOffset: number;
  /**
   * Oldest first: the one that made the stream, for ever, and the last {@link REMEMBERED} others of clients and as many
   * of processes. Each kind has its own share, so that a process with much to say cannot push a client's key out.
   */
  readonly commands: readonly RememberedCommand<State>[];
}

/** Commands of each kind that a stream remembers beside its first. */
export const REMEMBERED = 1_000;

export const emptyRecord = <State>(initialState: State): StreamRecord<State> => ({
  stream: emptyStream(initialState),
  lastOffset: -1,
  commands: [],
});

/** Folds the next event of the stream in. @throws when it is not the next. */
export function applyToRecord<State, Event extends DomainEvent>(
  decider: Pick<Decider<State, never, Event>, 'evolve'>,
  record: StreamRecord<State>,
  event: Pick<RecordedEvent<Event>, 'type' | 'data' | 'metadata'>,
  offset: number,
): StreamRecord<State> {
  const stream = applyEvent(decider, record.stream, event);
  const { commandId, requestHash, eventId } = event.metadata;
  // Nobody can repeat a command without an id of its own: it goes by the id of its event.
  if (commandId === eventId) return { stream, lastOffset: offset, commands: record.commands };
  const remembered = { commandId, requestHash, firstVersion: stream.version, stream, offset };
  return { stream, lastOffset: offset, commands: remember(record.commands, remembered) };
}

/** No tenant has it. */
const NOBODY = '';

/**
 * As {@link applyToRecord}, where the log goes on without some of its events. One that is missing in the middle of a
 * stream counts as if it had done nothing. A stream whose beginning is missing is nobody's: its id stays taken, so that it
 * is not begun a second time, and nothing can be decided on it.
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
  // A command's events follow each other: the last of them says how it left the stream.
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
