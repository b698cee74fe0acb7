import type { LoggedEvent } from '#libs/contracts';

/**
 * An expected row with all columns as text or null: times as RFC 3339 with milliseconds, JSON in any spelling, bytes as their
 * SHA-256, and everything else as Postgres prints it.
 */
export interface ExpectedRow {
  readonly table: string;
  readonly columns: Readonly<Record<string, string | null>>;
}

/**
 * Computes the expected rows of a read model from the events of one partition alone, one by one in log order. It shares no
 * code with the read model's batches and statements, so that a bug in these does not affect both.
 *
 *   apply … apply ─► endPass ─► (needsAnotherPass? the whole partition again) ─► …
 */
export interface Expectation {
  /**
   * @returns rows that no later event changes
   * @throws if the event cannot follow those before it, so that no projection can have passed it
   */
  apply(event: LoggedEvent): readonly ExpectedRow[];
  /** The rows that are final at the end of a pass. Iterate over all of them. Each row appears in one pass only. */
  endPass(): Iterable<ExpectedRow>;
  /** Whether some streams did not fit into memory, so that the partition has to be read again for them. */
  needsAnotherPass(): boolean;
}

export interface ExpectationContext {
  readonly partition: number;
  /** Events of the partition were skipped: streams may have gaps. */
  readonly hasGaps: boolean;
  /** Most streams in memory. More streams take more passes. */
  readonly maxStreams: number;
}

/** How to verify a read model. */
export interface VerifiedReadModel {
  readonly tables: readonly VerifiedTable[];
  expect(context: ExpectationContext): Expectation;
}

export interface VerifiedTable {
  readonly name: string;
  /** An SQL condition for rows without information, which may be present or absent. */
  readonly emptyRow?: string;
}

/** The text as Postgres stores it, without NUL. */
export const columnText = (text: string): string => text.split('\0').join('');
