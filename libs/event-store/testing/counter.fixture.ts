import { type Decider, type DomainEvent, fail, ok, type Rejection } from '#libs/kernel';
import { someMetadata } from '#libs/orders/testing';
import type { CommandRequest } from '../core/command.js';
import type { EventToEncode } from '#libs/contracts';

/** A minimal aggregate for tests of the engine. */
export type Added = DomainEvent<'counter.added', { readonly amount: number }>;
export interface Add {
  readonly amount: number;
}
export type CounterRejection = Rejection<'counter-too-high'>;

const LIMIT = 100;

/** An object like real states, with a part that most events leave unchanged. */
export interface CounterState {
  readonly total: number;
  readonly parity: 'even' | 'odd';
}

export const counterDecider: Decider<CounterState, Add, Added, CounterRejection> = {
  initialState: { total: 0, parity: 'even' },
  decide: ({ amount }, { total }) =>
    total + amount > LIMIT
      ? fail({ code: 'counter-too-high', detail: `at most ${LIMIT}` })
      : ok([{ type: 'counter.added', data: { amount } }]),
  evolve: ({ total }, { data }) => {
    const sum = total + data.amount;
    return { total: sum, parity: sum % 2 === 0 ? 'even' : 'odd' };
  },
};

export const counterEvent = (streamId: string, version: number): EventToEncode<Added> => ({
  type: 'counter.added',
  data: { amount: version },
  metadata: someMetadata({ streamId, version, commandId: 'k', tenant: 't' }),
});

/** A part of the answer to a command that is accepted, or refused. */
export const accepted = (version: number, total?: number) => ({
  ok: true,
  value: { stream: { version, ...(total !== undefined && { state: { total } }) } },
});
export const refused = (code: string) => ({ ok: false, problem: { code } });

/** A complete and plain request for a command. */
export const someRequest = <Command>(
  streamId: string,
  command: Command,
  given: Partial<CommandRequest<Command>> = {},
): CommandRequest<Command> => ({
  streamId,
  command,
  bytes: 100,
  tenant: 't',
  actor: 'a',
  commandId: undefined,
  requestHash: 'hash',
  correlationId: 'c',
  causationId: null,
  traceparent: null,
  ...given,
});

export const addTo = (streamId: string, amount = 1, given: Partial<CommandRequest<Add>> = {}) =>
  someRequest(streamId, { amount }, given);
