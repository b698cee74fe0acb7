import type { Readable } from 'node:stream';
import type { ProblemException } from './problem.js';

const PROBLEM = Symbol('broken-body');
const BROKEN = 'orderstream:broken';
type Body = Readable & { [PROBLEM]?: ProblemException };

/** The rest of the body will not come, though its connection can still take an answer. */
export function breakBody(body: Body, problem: ProblemException): void {
  body[PROBLEM] = problem;
  body.emit(BROKEN, problem);
}

/** Also when it was broken before. @returns how to stop listening */
export function onBrokenBody(body: Body, tell: (problem: ProblemException) => void): () => void {
  if (body[PROBLEM]) tell(body[PROBLEM]);
  else body.once(BROKEN, tell);
  return () => void body.off(BROKEN, tell);
}
