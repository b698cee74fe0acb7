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
  })
  .meta({ id: 'WebhookCursor' });

export const feedCursorsSchema = z
  .object({ items: z.array(feedCursorSchema) })
  .meta({ id: 'WebhookCursors' });

export type FeedCursorsDocument = z.output<typeof feedCursorsSchema>;
