import {
  applyEvent,
  type Decider,
  type DomainEvent,
  emptyStream,
  type RecordedEvent,
  type Stream,
} from '#libs/kernel';

/** What a command with an idempotency key led to, so that its repeat gets the same answer. */
export interface RememberedCommand<State> {
  readonly commandId: string;
  readonly requestHash: string;
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
  /** Oldest first: the one that made the stream, for ever, and the last {@link REMEMBERED} others. */
  readonly commands: readonly RememberedCommand<State>[];
}

/** Commands that a stream remembers beside its first. */
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
  // Without a key nobody can repeat the command: it goes by the id of its event.
  if (requestHash === null || commandId === eventId)
    return { stream, lastOffset: offset, commands: record.commands };
  const remembered = { commandId, requestHash, stream, offset };
  return { stream, lastOffset: offset, commands: remember(record.commands, remembered) };
}

function remember<State>(
  commands: readonly RememberedCommand<State>[],
  command: RememberedCommand<State>,
): readonly RememberedCommand<State>[] {
  // A command's events follow each other: the last of them says how it left the stream.
  if (commands.at(-1)?.commandId === command.commandId) return [...commands.slice(0, -1), command];
  if (commands.length <= REMEMBERED) return [...commands, command];
  const [first, ...others] = commands;
  const isCreate = first?.stream.version === 1;
  return isCreate ? [first, ...others.slice(1), command] : [...others, command];
}

export const findCommand = <State>(
  { commands }: StreamRecord<State>,
  commandId: string,
): RememberedCommand<State> | undefined => commands.find((command) => command.commandId === commandId);
