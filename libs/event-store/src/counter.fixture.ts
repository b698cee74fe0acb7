import { type Decider, type DomainEvent, fail, newId, ok, type Rejection } from '#libs/kernel';
import type { CommandRequest } from './command.js';
import type { EventToEncode } from './event-log.js';

/** The smallest aggregate there is, for tests of what is around it. */
export type Added = DomainEvent<'counter.added', { readonly amount: number }>;
export interface Add {
  readonly amount: number;
}
export type CounterRejection = Rejection<'counter-too-high'>;

const LIMIT = 100;

export const counterDecider: Decider<number, Add, Added, CounterRejection> = {
  initialState: 0,
  decide: ({ amount }, total) =>
    total + amount > LIMIT
      ? fail({ code: 'counter-too-high', detail: `at most ${LIMIT}` })
      : ok([{ type: 'counter.added', data: { amount } }]),
  evolve: (total, { data }) => total + data.amount,
};

export const counterEvent = (streamId: string, version: number): EventToEncode<Added> => ({
  type: 'counter.added',
  data: { amount: version },
  metadata: {
    eventId: newId(),
    streamId,
    version,
    occurredAt: '2026-01-01T00:00:00.000Z',
    correlationId: 'c',
    causationId: null,
    commandId: 'k',
    requestHash: null,
    tenant: 't',
    actor: 'a',
    traceparent: null,
  },
});

export const addTo = (
  streamId: string,
  amount = 1,
  more: Partial<CommandRequest<Add>> = {},
): CommandRequest<Add> => ({
  streamId,
  command: { amount },
  tenant: 't',
  actor: 'a',
  commandId: newId(),
  requestHash: null,
  correlationId: 'c',
  causationId: null,
  traceparent: null,
  ...more,
});
