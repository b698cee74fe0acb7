import { type Decider, type DomainEvent, ok, type Rejection } from '#libs/kernel';
import type { Act, ActName, ActOutcome, ActorKind } from './acts.js';

/** Records an act that has ended. */
export interface RecordAct extends Act {
  readonly type: 'record-act';
}

/** Schemas name acts, kinds and outcomes as text, so that old code can read new ones. */
type ActData = Omit<Act, 'act' | 'actorKind' | 'outcome'> & {
  readonly act: string;
  readonly actorKind: string;
  readonly outcome: string;
};

export type ActEvent = DomainEvent<'act.recorded', ActData>;

export type ActState = { readonly actId: '' } | Act;

export const isRecordedAct = (state: ActState): state is Act => state.actId !== '';

/** The first record of an act stands: a repeat leads to no event, so an act that is recorded twice has one. */
export const actDecider: Decider<ActState, RecordAct, ActEvent, Rejection<never>> = {
  initialState: { actId: '' },
  decide: ({ type: _, ...act }, state) =>
    ok(isRecordedAct(state) ? [] : [{ type: 'act.recorded', data: act }]),
  evolve: (_, { data }) => ({
    ...data,
    act: data.act as ActName,
    actorKind: data.actorKind as ActorKind,
    outcome: data.outcome as ActOutcome,
  }),
};
