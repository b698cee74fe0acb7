import type { Answer } from '../../systems/client.js';

/** Timers of two processes need not agree on the millisecond. */
const CLOCK_MS = 5;
const NAMED = /[\w.-]+\/\d+@\d+(?= \((?:at|nothing))/g;

/** How long a query waits, and whether it says so. */
export interface Wait {
  readonly seconds: number;
  readonly isSaid: boolean;
}

/** Two seconds are what is meant when nothing is said. */
export const WAITS: readonly Wait[] = [
  { seconds: 2, isSaid: false },
  { seconds: 0, isSaid: true },
  { seconds: 1, isSaid: true },
  { seconds: 2, isSaid: true },
];

/** A query that was not answered as asked, and how long that took. */
interface Refused {
  readonly positions: string;
  readonly wait: Wait;
  readonly answer: Answer;
  readonly elapsedMs: number;
}

/** Lists what is wrong with a refusal. Its only valid reason is a position not reached, told as documented. */
export function flawsOf({ positions, wait, answer, elapsedMs }: Refused): string[] {
  const { status, headers } = answer;
  const problem = answer.body as { status?: number; code?: string; title?: string; detail?: string };
  if (status !== 503 || problem.code !== 'position-not-reached')
    return [`${status} ${JSON.stringify(problem)}`];

  const { seconds, isSaid } = wait;
  const sent = positions.split(', ');
  const named = problem.detail?.match(NAMED) ?? [];
  const applied = isSaid ? `wait=${seconds}` : null;
  return Object.entries({
    'content type': headers.get('content-type')?.startsWith('application/problem+json'),
    'status in the body': problem.status === 503,
    title: problem.title === 'The answer would be stale',
    'seconds in the detail': problem.detail?.startsWith(`Not reached within ${seconds} s: `),
    'positions in the detail': named.length > 0 && named.every((position) => sent.includes(position)),
    'Retry-After': headers.get('retry-after') === '1',
    'Preference-Applied': headers.get('preference-applied') === applied,
    'time, which was not over': elapsedMs >= seconds * 1_000 - CLOCK_MS,
  })
    .filter(([, isRight]) => !isRight)
    .map(([what]) => `a refusal with a wrong ${what}: ${JSON.stringify(problem)}`);
}
