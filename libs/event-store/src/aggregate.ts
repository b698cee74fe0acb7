import type { Decider, DomainEvent, Rejection } from '#libs/kernel';

/**
 * What registers an aggregate with the engine: its rules, and the topic that its events live in. A topic holds the
 * streams of one aggregate type. State must survive JSON, since it is kept in `stream_state` between uses.
 */
export interface Aggregate<State, Command, Event extends DomainEvent, Refusal extends Rejection> {
  readonly topic: string;
  readonly decider: Decider<State, Command, Event, Refusal>;
}

/** Any aggregate, where its types do not matter: a state is both taken and given, so only `any` stands for each. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyAggregate = Aggregate<any, any, any, any>;

/** Infers the types of an aggregate from its decider. */
export const defineAggregate = <State, Command, Event extends DomainEvent, Refusal extends Rejection>(
  aggregate: Aggregate<State, Command, Event, Refusal>,
): Aggregate<State, Command, Event, Refusal> => aggregate;
