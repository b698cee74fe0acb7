import type { DomainEvent } from './event.js';
import type { Result } from './result.js';

/** An expected refusal by the domain: data, not an error. */
export interface Rejection<Code extends string = string> {
  /** Kebab-case; part of the public list of problem codes. */
  readonly code: Code;
  readonly detail: string;
}

/**
 * The rules of one aggregate as pure functions, without clock, id generation or I/O. Commands carry all inputs.
 * Source: Jérémie Chassaing, "Functional Event Sourcing Decider" (2021).
 */
export interface Decider<State, Command, Event extends DomainEvent, Refusal extends Rejection = Rejection> {
  readonly initialState: State;
  /** Returns the events that the command leads to. Total over all commands and states. */
  readonly decide: (command: Command, state: State) => Result<readonly Event[], Refusal>;
  /** Applies one event. Total over the events that {@link decide} returns. */
  readonly evolve: (state: State, event: Event) => State;
}
