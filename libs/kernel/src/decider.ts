import type { DomainEvent } from './event.js';
import type { Result } from './result.js';

/** An expected "no" of the domain: data, not an error. */
export interface Rejection<Code extends string = string> {
  /** Kebab-case; part of the public list of problem codes. */
  readonly code: Code;
  readonly detail: string;
}

/**
 * The rules of one aggregate as pure functions: no clock, no ids, no I/O. What they need enters in the command.
 * Source: Jérémie Chassaing, "Functional Event Sourcing Decider" (2021).
 */
export interface Decider<State, Command, Event extends DomainEvent, Refusal extends Rejection = Rejection> {
  readonly initialState: State;
  /** Which facts follow from the command. Total: every state and command gives an answer. */
  readonly decide: (command: Command, state: State) => Result<readonly Event[], Refusal>;
  /** Folds one fact in. Total over the facts that {@link decide} gives. */
  readonly evolve: (state: State, event: Event) => State;
}
