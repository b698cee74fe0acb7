import { z } from 'zod';

export const feedCursorSchema = z
  .object({
    topic: z.string(),
    partition: z.int(),
    position: z
      .int()
      .describe('Offset up to which all is done with: delivered, or kept in the database as failed or held.'),
    end: z.int().describe('Offset of the end of the log.'),
    lag: z.int().describe('Places between the two, whether or not an event there is owed.'),
    gone: z
      .int()
      .optional()
      .describe(
        'Only where it is not 0: places from `position` on that were removed from the log. Nothing is delivered of the ' +
          'partition until an operator has said that it goes on without them.',
      ),
  })
  .meta({ id: 'WebhookCursor' });

export const feedCursorsSchema = z
  .object({ items: z.array(feedCursorSchema) })
  .meta({ id: 'WebhookCursors' });

export type FeedCursorsDocument = z.output<typeof feedCursorsSchema>;
