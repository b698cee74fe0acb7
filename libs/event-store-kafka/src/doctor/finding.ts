import type { LogPromise } from '#libs/event-store/conformance';

/**
 * - `fail`: a promise does not hold.
 * - `warn`: it holds until something happens that the finding names.
 */
export type Level = 'ok' | 'warn' | 'fail';

export interface Finding {
  readonly level: Level;
  /** The promise that it bears on, where it is one of the log's. */
  readonly promise?: LogPromise;
  readonly about: string;
  /** What was found. */
  readonly is: string;
  /** What follows from it. */
  readonly follows: string;
}

const GRAVITY: readonly Level[] = ['ok', 'warn', 'fail'];

export const worst = (levels: readonly Level[]): Level =>
  levels.reduce<Level>((a, b) => (GRAVITY.indexOf(b) > GRAVITY.indexOf(a) ? b : a), 'ok');
