import { z } from 'zod';

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
