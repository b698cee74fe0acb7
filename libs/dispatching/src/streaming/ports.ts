import type { Position } from '#libs/kernel';
import type { SizedEvent } from '../ports.js';

/** A piece of one partition, up to `next`. */
export interface LogPiece {
  readonly events: readonly SizedEvent[];
  /** Where to read on; equal to the offset asked for when there is nothing more. */
  readonly next: number;
  /** At `next` there is a record that is no event which this code can read, and why. */
  readonly unreadable?: string | undefined;
  /** It is unreadable because the log begins behind it. */
  readonly isGone?: boolean;
}

/** The end of a partition. */
export interface StreamedEnd extends Position {
  /** Nobody can read on there, however far it goes: those who want its events are told, and others read on. */
  readonly isStopped?: true;
}

/** The log, as those see it who stream it to readers. Both reject while it does not answer. */
export interface StreamedLog {
  /** The end of every partition there is, by topic and partition. */
  ends(): Promise<readonly StreamedEnd[]>;
  /** A bounded piece. */
  read(from: Position): Promise<LogPiece>;
}

/** What one reader is to be given. */
export interface ReaderInterest {
  readonly tenant: string;
  /** Patterns as in webhook subscriptions. */
  readonly eventTypes: readonly string[];
}
