import type { OffsetRange, SavedCursor } from '../core/ports.js';
import { arrayLiteral } from '#libs/postgres';

export interface SavedCursorRow {
  readonly watermark: string;
  readonly finished: readonly string[];
  readonly previousEventId: string | null;
  readonly idle: boolean;
  readonly rulesRevision: number;
  readonly generation: number;
}

export const toSavedCursor = ({ watermark, finished, ...row }: SavedCursorRow): SavedCursor => ({
  ...row,
  watermark: Number(watermark),
  finished: toRanges(finished.map(Number)),
});

const toRanges = (bounds: readonly number[]): OffsetRange[] =>
  bounds.flatMap((from, index) => {
    const to = bounds[index + 1];
    return index % 2 === 0 && to !== undefined ? [{ from, to }] : [];
  });

/** Passes each array as text to cast to `bigint[]`, because `unnest` would flatten nested arrays. */
export const finishedColumn = (cursors: readonly SavedCursor[]): string =>
  arrayLiteral(
    cursors.map(({ finished }) => `"${arrayLiteral(finished.flatMap(({ from, to }) => [from, to]))}"`),
  );
