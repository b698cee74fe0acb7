import { type CartEvent, checkoutCommandId } from '#libs/carts';
import { idOfOwnCommand, type RecordedEvent } from '#libs/kernel';
import type { ProcessCommand, ProcessStep } from '#libs/processes/core';

/**
 * The events that led to each event most directly, by event id. `causationId` names the event that a whole step of a process
 * began with; this follows its commands, their answers and its timers: `process.started` → `stock.reserved` →
 * `process.advanced`. Where they tell nothing, as of a request or an old event, the cause is `causationId`.
 * @param events in order of time. Causes outside of them are left out
 */
export function directCauses(events: readonly RecordedEvent[]): ReadonlyMap<string, readonly string[]> {
  const ids = new Set(events.map(({ metadata }) => metadata.eventId));
  const traces = new Traces(events);
  return new Map(
    events.map((event, place) => {
      const { eventId, causationId } = event.metadata;
      const found = traces.causesOf(event, place).filter((cause) => ids.has(cause));
      const causes = found.length > 0 || causationId === null ? found : [causationId];
      return [eventId, causes.filter((cause) => cause !== eventId && ids.has(cause))];
    }),
  );
}

/** An event and its place in the story. */
interface Placed {
  readonly eventId: string;
  readonly place: number;
}

/** Who sent and set what, and what came of it. Each list is in order of time. */
class Traces {
  /** By command id. A command is sent again if its process needs it once more. */
  readonly #senders = new Map<string, Placed[]>();
  /** By command id. */
  readonly #effects = new Map<string, Placed[]>();
  /** By process and timer. */
  readonly #setters = new Map<string, Placed[]>();

  constructor(events: readonly RecordedEvent[]) {
    for (const [place, event] of events.entries()) {
      const placed = { eventId: event.metadata.eventId, place };
      for (const commandId of commandsSentBy(event)) add(this.#senders, commandId, placed);
      for (const { name } of stepOf(event)?.timersSet ?? []) add(this.#setters, timerOf(event, name), placed);
    }
    for (const [place, event] of events.entries()) {
      const command = this.#commandOf(event);
      // What names no order, such as an alert beside a reservation, answers no process of an order.
      if (command === undefined || !hasOrder(event)) continue;
      add(this.#effects, command, { eventId: event.metadata.eventId, place });
    }
  }

  causesOf(event: RecordedEvent, place: number): readonly string[] {
    const step = stepOf(event);
    if (step) return this.#causesOfStep(event, inputOf(step), place);
    const command = this.#commandOf(event);
    return command === undefined ? [] : this.#senderOf(command, place);
  }

  #causesOfStep(
    event: RecordedEvent,
    input: Partial<ProcessCommand> | undefined,
    place: number,
  ): readonly string[] {
    switch (input?.type) {
      case 'handle-event':
        return input.eventId === undefined ? [] : [input.eventId];
      case 'handle-answer':
        return this.#causesOfAnswer(input.commandId ?? '', place);
      case 'report-stuck':
        return this.#senderOf(input.commandId ?? '', place);
      case 'fire-timer':
        return idsOf(latestBefore(this.#setters.get(timerOf(event, input.name ?? '')), place));
      default:
        return [];
    }
  }

  /** An answer comes from what its command did, or, where that left no event, from the command's sender. */
  #causesOfAnswer(commandId: string, place: number): readonly string[] {
    const senders = this.#senders.get(commandId);
    const sender = latestBefore(senders, place);
    const effects = (this.#effects.get(commandId) ?? []).filter(
      (effect) => effect.place < place && latestBefore(senders, effect.place) === sender,
    );
    return effects.length > 0 ? effects.map(({ eventId }) => eventId) : idsOf(sender);
  }

  #senderOf(commandId: string, place: number): readonly string[] {
    return idsOf(latestBefore(this.#senders.get(commandId), place));
  }

  /** Targets add words to the id that was sent, such as the article of a line. */
  #commandOf({ metadata }: RecordedEvent): string | undefined {
    const words = idOfOwnCommand(metadata.commandId)?.split(' ') ?? [];
    const known = words.findIndex((_, last) => this.#senders.has(words.slice(0, last + 1).join(' ')));
    return known < 0 ? undefined : words.slice(0, known + 1).join(' ');
  }
}

function add(lists: Map<string, Placed[]>, key: string, placed: Placed): void {
  const list = lists.get(key);
  if (list) list.push(placed);
  else lists.set(key, [placed]);
}

/** The clocks of two machines may differ by more than a command takes: then it is the first one. */
const latestBefore = (list: readonly Placed[] | undefined, place: number): Placed | undefined =>
  list?.findLast((each) => each.place < place) ?? list?.[0];

const idsOf = (placed: Placed | undefined): readonly string[] => (placed ? [placed.eventId] : []);

const timerOf = ({ metadata }: RecordedEvent, name: string): string => `${metadata.streamId} ${name}`;

const hasOrder = ({ data }: RecordedEvent): boolean =>
  typeof (data as { readonly orderId?: unknown }).orderId === 'string';

function commandsSentBy(event: RecordedEvent): readonly string[] {
  if (event.type === ('cart.checked-out' satisfies CartEvent['type']))
    return [checkoutCommandId((event.data as { readonly orderId: string }).orderId)];
  return stepOf(event)?.commands?.map(({ commandId }) => commandId) ?? [];
}

const stepOf = ({ type, data }: RecordedEvent): Partial<ProcessStep> | undefined =>
  type.startsWith('process.') ? (data as Partial<ProcessStep>) : undefined;

function inputOf({ input }: Partial<ProcessStep>): Partial<ProcessCommand> | undefined {
  try {
    return JSON.parse(input ?? '') as Partial<ProcessCommand>;
  } catch {
    return undefined;
  }
}
