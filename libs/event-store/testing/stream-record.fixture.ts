import fc from 'fast-check';
import { type Decider, type DomainEvent, newId } from '#libs/kernel';
import { someMetadata } from '#libs/orders/testing';
import { applyToRecord, emptyRecord, type StreamRecord } from '../core/states/stream-record.js';

/** One event of a stream, and its command's id, if it has one. */
export interface Step<Event extends DomainEvent> {
  readonly event: Event;
  readonly key: string | undefined;
  /** Sent by a process manager, so without a hash. */
  readonly ofProcess?: boolean;
}

/** Histories in which some commands have unique keys; a repeated key would have no effect. */
export const stepsOf = <Event extends DomainEvent>(
  event: fc.Arbitrary<Event>,
  maxLength = 30,
): fc.Arbitrary<Step<Event>[]> =>
  fc.array(fc.record({ event, keyed: fc.boolean(), ofProcess: fc.boolean() }), { maxLength }).map((steps) =>
    steps.map(({ event, keyed, ofProcess }, index) => ({
      event,
      key: keyed ? `key-${index}` : undefined,
      ofProcess,
    })),
  );

/** Derives a step's offset from its version, so tests can predict it. */
export const offsetOf = (version: number): number => version * 10;

/** Folds the events; `after` may replace the record after each one. */
export function recordOf<State, Event extends DomainEvent>(
  decider: Pick<Decider<State, never, Event>, 'evolve' | 'initialState'>,
  steps: readonly Step<Event>[],
  after: (record: StreamRecord<State>) => StreamRecord<State> = (record) => record,
): StreamRecord<State> {
  return steps.reduce((record, { event, key, ofProcess }, index) => {
    const version = index + 1;
    const eventId = newId();
    const metadata = someMetadata({
      tenant: 't',
      eventId,
      version,
      occurredAt: new Date(version).toISOString(),
      commandId: key ?? eventId,
      requestHash: ofProcess ? null : `hash of ${key}`,
    });
    return after(applyToRecord(decider, record, { ...event, metadata }, offsetOf(version)));
  }, emptyRecord(decider.initialState));
}
