import type { RawAnswer } from '../raw-answers.js';
import type { WrittenRequest } from './written-request.js';

export interface Sent {
  readonly whole: readonly WrittenRequest[];
  readonly cut: WrittenRequest | undefined;
  /** Whether the server waits for the rest of it. */
  readonly isAwaited: boolean;
  readonly bytes: number;
}

export interface Received {
  readonly answers: readonly RawAnswer[];
  readonly leftOver: string;
}

/** A request that was cut off is too late, or broken, or had its answer before it was sent whole. */
const OF_A_CUT_REQUEST = [400, 408];

/** Describes what is wrong with the answers on one connection. */
export function violationsIn(
  sent: Sent,
  { answers, leftOver }: Received,
  { isWild, isCutOff }: { readonly isWild: boolean; readonly isCutOff: boolean },
): string[] {
  const malformed = answers.flatMap(malformedProblem);
  if (leftOver !== '') malformed.push(`this is no answer: ${JSON.stringify(leftOver.slice(0, 200))}`);
  return isWild || isCutOff ? malformed : [...malformed, ...misplaced(sent, answers)];
}

function malformedProblem({ status, headers, body }: RawAnswer): string[] {
  if (status < 400 || body === '') return [];
  try {
    const problem = JSON.parse(body) as { status?: unknown; code?: unknown };
    const isRight = problem.status === status && typeof problem.code === 'string';
    if (isRight && headers.get('content-type')?.startsWith('application/problem+json')) return [];
  } catch {
    // Told below.
  }
  return [`the problem of a ${status} is malformed: ${body.slice(0, 200)}`];
}

function misplaced({ whole, cut }: Sent, answers: readonly RawAnswer[]): string[] {
  let mayHaveEnded = false;
  for (const [index, request] of whole.entries()) {
    const answer = answers[index];
    if (!answer) return mayHaveEnded ? [] : [`request ${index} has no answer`];
    if (!request.statuses.includes(answer.status))
      return [`request ${index} was answered by ${answer.status}`];
    if (answer.status === 201 && !answer.body.includes(`"${request.order}"`)) {
      return [`request ${index} has another's answer`];
    }
    if (request.after === 'ends') return tooMany(answers, index + 1);
    mayHaveEnded ||= request.after === 'may end';
  }
  const last = answers[whole.length];
  if (!cut || !last) return tooMany(answers, whole.length);
  const isExpected = [...OF_A_CUT_REQUEST, ...cut.statuses].includes(last.status) && last.status !== 201;
  return isExpected
    ? tooMany(answers, whole.length + 1)
    : [`the request that was cut off was answered by ${last.status}`];
}

const tooMany = (answers: readonly RawAnswer[], expected: number): string[] =>
  answers.length > expected ? [`there are ${answers.length} answers instead of ${expected}`] : [];
