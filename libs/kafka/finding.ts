import type { LogPromise } from '#libs/event-store/conformance';

/**
 * - `fail`: a promise does not hold.
 * - `warn`: it holds until something happens that the finding names.
 */
export type Level = 'ok' | 'warn' | 'fail';

interface Observation {
  /** The promise it affects, if it is one of the log's. */
  readonly promise?: LogPromise;
  readonly about: string;
  readonly is: string;
  readonly follows: string;
}

/** A warning or failure always tells the operator what to do. */
export type Finding = Observation & (Sound | Flaw);

interface Sound {
  readonly level: 'ok';
}

export interface Flaw {
  readonly level: Exclude<Level, 'ok'>;
  readonly remedy: string;
}

const GRAVITY: readonly Level[] = ['ok', 'warn', 'fail'];

export const worst = (levels: readonly Level[]): Level =>
  levels.reduce<Level>((a, b) => (GRAVITY.indexOf(b) > GRAVITY.indexOf(a) ? b : a), 'ok');
