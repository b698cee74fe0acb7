import type { PositionVector } from '#libs/webhooks';
import type { FeedCursorsDocument } from './cursor.schemas.js';

/**
 * @param reached cursors of the partitions that were begun; a feed stands at its start in the others
 * @param begins the first offset each partition still has, if not 0
 */
export const feedCursors = (
  start: PositionVector,
  reached: PositionVector,
  ends: PositionVector,
  begins: PositionVector = {},
): FeedCursorsDocument['items'] =>
  Object.entries(ends).map(([key, end]) => {
    const slash = key.lastIndexOf('/');
    const position = Math.min(reached[key] ?? start[key] ?? 0, end);
    const gone = Math.max(0, (begins[key] ?? 0) - position);
    return {
      topic: key.slice(0, slash),
      partition: Number(key.slice(slash + 1)),
      position,
      end,
      lag: end - position,
      ...(gone > 0 && { gone }),
    };
  });
