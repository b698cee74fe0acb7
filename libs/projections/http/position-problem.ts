import { formatPosition, type Position, topicPartitionKey } from '#libs/kernel';
import type { Shortfall } from '../postgres/checkpoints.js';
import type { WaitOutcome } from '../postgres/checkpoint-wait.js';
import { invalidRequest, ProblemException, shareProblem } from '#libs/platform';

const MAX_LISTED_POSITIONS = 3;

/** The problem of a query that waited for positions; `undefined` if they were passed. */
export function positionProblem(outcome: WaitOutcome, seconds: number): ProblemException | undefined {
  switch (outcome.status) {
    case 'passed':
      return undefined;
    case 'behind':
      return new ProblemException(
        'position-not-reached',
        `Not reached within ${seconds} s: ${describe(outcome.shortfalls)}.`,
      );
    case 'unknown':
      return unknownPositions(outcome.positions.slice(0, MAX_LISTED_POSITIONS));
    case 'crowded':
      return shareProblem(outcome.refusal, 'queries that wait for positions');
    case 'stopping':
      return unavailable('This process is stopping, and has not reached the positions yet.');
    case 'abandoned':
      return unavailable('The client disconnected before the positions were reached.');
    default:
      return outcome satisfies never;
  }
}

const unknownPositions = (positions: readonly Position[]): ProblemException =>
  invalidRequest(
    positions.map((position) => ({
      path: ['Orderstream-Position'],
      message: `the log ends before ${formatPosition(position)}: only positions of earlier answers can be sent`,
    })),
  );

const unavailable = (detail: string) => new ProblemException('unavailable', detail);

function describe(shortfalls: readonly Shortfall[]): string {
  const named = shortfalls.slice(0, MAX_LISTED_POSITIONS).map(({ position, nextOffset }) => {
    const { topic, partition } = position;
    const last = nextOffset > 0 ? formatPosition({ topic, partition, offset: nextOffset - 1 }) : undefined;
    return `${formatPosition(position)} (${last ? `at ${last} now` : `nothing of ${topicPartitionKey(position)} yet`})`;
  });
  const more = shortfalls.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}
