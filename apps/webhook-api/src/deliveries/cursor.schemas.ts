import { z } from 'zod';
import type { PositionVector } from '#libs/webhooks';

export const feedCursorSchema = z
  .object({
    topic: z.string(),
    partition: z.int(),
    position: z
      .int()
      .describe(
        'Every event before this offset is finished: delivered, or kept in the database as failed or parked.',
      ),
    end: z.int().describe('Offset of the end of the log.'),
    lag: z
      .int()
      .describe('Offsets between the two, whether or not they hold an event this subscription receives.'),
    gone: z
      .int()
      .optional()
      .describe(
        'Offsets from `position` on that were removed from the log. Absent if there are none. Delivery from this partition ' +
          'waits until an operator accepts the loss.',
      ),
  })
  .meta({ id: 'WebhookCursor' });

export const feedCursorsSchema = z
  .object({ items: z.array(feedCursorSchema) })
  .meta({ id: 'WebhookCursors' });

export type FeedCursorsDocument = z.output<typeof feedCursorsSchema>;

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
