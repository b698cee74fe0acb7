import type { LoggedEvent } from '#libs/contracts';

/**
 * A row as it must be, all its columns as text: times as RFC 3339 with milliseconds, JSON in whichever spelling, bytes as
 * their SHA-256, everything else as Postgres writes it.
 */
export interface ExpectedRow {
  readonly table: string;
  readonly columns: Readonly<Record<string, string>>;
}

/**
 * Says what the rows of a read model must be, by a way of its own: from every event of one partition, one by one, in the
 * order of the log, and from nothing else. It shares no code with the read model's batches and statements, so that a
 * fault in these is not in both.
 *
 *   take … take ─► endPass ─► (again? the whole partition once more) ─► …
 */
export interface Expectation {
  /**
   * @returns rows that no later event changes.
   * @throws when the event cannot follow those before it: a projection must not have passed it.
   */
  apply(event: LoggedEvent): readonly ExpectedRow[];
  /** The rows that are known at the end of a pass, to be read whole; each row comes once, in whichever pass. */
  endPass(): Iterable<ExpectedRow>;
  /** Whether streams are left that did not fit into memory: then the partition has to be read once more, for them. */
  needsAnotherPass(): boolean;
}

export interface ExpectationContext {
  readonly partition: number;
  /** Events of the partition were left out by command: streams may have gaps. */
  readonly hasGaps: boolean;
  /** As many streams are kept in memory at most, each in its present state. More take more passes. */
  readonly maxStreams: number;
}

/** How a read model's rows are checked. */
export interface VerifiedReadModel {
  readonly tables: readonly VerifiedTable[];
  expect(context: ExpectationContext): Expectation;
}

export interface VerifiedTable {
  readonly name: string;
  /** Rows that say nothing, as an SQL condition: they may be there or not. */
  readonly emptyRow?: string;
}

/** Postgres cannot hold NUL in text: it is left out there. */
export const columnText = (text: string): string => text.split('\0').join('');
