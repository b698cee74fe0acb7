import type { Decider, DomainEvent, Rejection } from '#libs/kernel';

/**
 * What the engine needs to know of an aggregate: its rules and its topic. A topic holds the streams of one aggregate type. State
 * must survive a JSON round trip, because it is stored in `stream_state` between uses.
 */
export interface Aggregate<State, Command, Event extends DomainEvent, Refusal extends Rejection> {
  readonly topic: string;
  readonly decider: Decider<State, Command, Event, Refusal>;
}

/** Any aggregate. State is both input and output, so no type but `any` fits them all. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyAggregate = Aggregate<any, any, any, any>;
