import type { FloodTarget } from './raw-request.js';

/** One way of giving a server more work than it is worth. */
export interface Flood {
  readonly name: string;
  /** How many go on at once. */
  readonly times: number;
  /** Does it once. @returns what came of it, to be counted: a status, usually */
  readonly run: (target: FloodTarget, signal: AbortSignal) => Promise<number | string>;
}
