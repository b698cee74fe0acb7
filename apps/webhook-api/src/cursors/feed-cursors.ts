import type { PositionVector } from '#libs/webhooks';
import type { FeedCursorsDocument } from './cursor.schemas.js';

/**
 * @param reached where a feed has begun in a partition; until then it stands at its start.
 * @param begins the first offset that partitions still have, where that is not 0
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
