import type { Readable } from 'node:stream';
import type { ProblemException } from './problem.js';

const PROBLEM = Symbol('broken-body');
const BROKEN = 'orderstream:broken';
type Body = Readable & { [PROBLEM]?: ProblemException };

/** Reports that the rest of the body will not arrive, although the connection can still carry an answer. */
export function breakBody(body: Body, problem: ProblemException): void {
  body[PROBLEM] = problem;
  body.emit(BROKEN, problem);
}

/** Reports a broken body, even if it broke before the call. @returns a function that stops listening */
export function onBrokenBody(body: Body, tell: (problem: ProblemException) => void): () => void {
  if (body[PROBLEM]) tell(body[PROBLEM]);
  else body.once(BROKEN, tell);
  return () => void body.off(BROKEN, tell);
}
