import type { EncodeEvent, EventLog } from '../core/log/event-log.js';
import type { EventToEncode } from '#libs/contracts';

/** A log with one topic of its own, and what is needed to write real events to it. */
export interface LogUnderTest {
  readonly log: EventLog;
  readonly topic: string;
  readonly encode: EncodeEvent;
  /** An event of the topic, of the given place in its stream. */
  readonly makeEvent: (streamId: string, version: number) => EventToEncode;
}

/**
 * The promises of Orderstream that rest on the log alone:
 * 1. What was acknowledged is in the log, once; what was refused is not.
 * 2. The events of a stream stand in one order, those of one append behind each other.
 * 3. Once a partition has a new owner, nothing of a former one gets in.
 */
export type LogPromise = 1 | 2 | 3;

/** One thing that every event log must do. Knows no test framework: it also runs against clusters of users. */
export interface ConformanceCheck {
  readonly name: string;
  readonly promise: LogPromise;
  /** @throws ConformanceError when the log does otherwise; any other error says that it could not be tried. */
  run(subject: LogUnderTest): Promise<void>;
}

/** Describes the fault of a log to its operators. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError';
}

export function must(holds: boolean, problem: string): asserts holds {
  if (!holds) throw new ConformanceError(problem);
}
