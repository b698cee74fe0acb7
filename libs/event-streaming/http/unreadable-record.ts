import type { EventReader } from '../core/event-reader.js';
import { ProblemException } from '#libs/platform';

/** The problem to answer when a reader stops at an unreadable record. Readers never skip one. */
export function obstacleProblem(reader: EventReader): ProblemException | undefined {
  const { obstacle } = reader;
  if (!obstacle) return undefined;
  if (obstacle.isGone)
    return new ProblemException({
      code: 'events-gone',
      detail: `Events from ${obstacle.position} on are gone.`,
      cause: new Error(obstacle.reason),
    });
  return new ProblemException({
    code: 'internal-error',
    detail: `The event at ${obstacle.position} cannot be read.`,
    cause: new Error(obstacle.reason),
  });
}
