import type { RecordedEvent } from '#libs/kernel';

/** Data that survives JSON. */
export type JsonData = Readonly<Record<string, unknown>>;

/** A target's answer to a command. A refusal is an answer; an outage is not. */
export type TargetAnswer =
  | { readonly outcome: 'done'; readonly data: JsonData }
  | { readonly outcome: 'refused'; readonly code: string; readonly detail: string };

/** A command that a process sends. */
export interface OutgoingCommand {
  /** Names the command within its process, forever: a command of the same key is the same command. */
  readonly key: string;
  /** Who carries it out, such as `stock` or `mail`. */
  readonly target: string;
  /** Survives JSON. */
  readonly payload: { readonly type: string };
}

export interface Timer {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly dueAt: number;
}

/** Where a process ends: all done, or all that was done undone. */
export type Ending = 'completed' | 'compensated';

/** The next steps of a process, given its facts. */
export interface Plan {
  /** Commands that are due and without an answer. Those that are already on their way are not sent again. */
  readonly commands: readonly OutgoingCommand[];
  /** Keys of commands whose answers no longer matter. */
  readonly withdrawn?: readonly string[];
  /** All timers that should be running. */
  readonly timers: readonly Timer[];
  /** Takes effect once no command is unanswered. */
  readonly end?: Ending;
}

/** What comes into a process: an event of another stream in the process's own terms, an answer, a timer, an operator's wish. */
export type Input<Event> =
  | { readonly type: 'event'; readonly event: Event }
  | { readonly type: 'answer'; readonly key: string; readonly answer: TargetAnswer }
  | { readonly type: 'timer'; readonly name: string }
  | { readonly type: 'cancel'; readonly reason: string | null };

/** Identifies the order or cart that a process handles; all its events carry this. */
export interface Subject {
  /** The id that a reader looks for, such as the order's. */
  readonly subject: string;
  readonly orderId: string | null;
  readonly customerId: string | null;
  readonly currency: string | null;
  readonly total: number | null;
}

/** An event that concerns a process. */
export interface Concern<Event> {
  readonly processId: string;
  readonly event: Event;
}

/**
 * The rules of one kind of process as pure functions. A definition only says what is known and what should happen next; the
 * process remembers what was sent. So any order of inputs, and any repeat, leads to the same place.
 */
export interface ProcessDefinition<Facts extends JsonData, Event, Policy> {
  readonly name: string;
  /** The topics of the events that it concerns. */
  readonly topics: readonly string[];
  /**
   * Which process an event concerns, and what of it the process needs: no addresses, no secrets.
   * @param policy the settings of today. The event that starts a process takes what it needs of them, so that they hold for
   *   the process from then on
   */
  readonly concern: (event: RecordedEvent, policy: Policy) => Concern<Event> | undefined;
  /** The first facts; `undefined` if the event starts no process. */
  readonly start: (event: Event) => Facts | undefined;
  /** The same object if the input changes nothing. */
  readonly apply: (facts: Facts, input: Input<Event>) => Facts;
  /**
   * Must stop asking for a command once its answer is among the facts.
   * @param isOpen whether a command has been sent and not been answered
   */
  readonly plan: (facts: Facts, isOpen: (key: string) => boolean) => Plan;
  readonly subject: (facts: Facts) => Subject;
}

// Facts are both input and output, so no type but `any` fits all definitions.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyProcessDefinition = ProcessDefinition<any, any, any>;
