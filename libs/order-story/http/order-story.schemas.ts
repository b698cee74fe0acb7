import { z } from 'zod';
import { eventDocument, timestampSchema } from '#libs/contracts';
import { formatPosition, type RecordedEvent } from '#libs/kernel';
import type { OrderDocument } from '#libs/orders';
import { orderDocumentSchema } from '#libs/orders/http';
import { timeParameter } from '#libs/platform';
import type { StoryNode } from '../core/index.js';

export const orderStoryQuerySchema = z.strictObject({
  asOf: timeParameter.optional().describe('The story as far as it had come at this time.'),
});

const differenceSchema = z
  .object({
    pointer: z.string().describe('JSON pointer (RFC 6901).'),
    before: z.unknown().optional().describe('Absent if the field was absent.'),
    after: z.unknown().optional().describe('Absent if the field is absent.'),
  })
  .meta({ id: 'FieldDifference' });

const nodeSchema = z
  .object({
    eventId: z.uuid(),
    eventType: z.string(),
    topic: z.string(),
    streamId: z.string(),
    version: z.int().min(1),
    position: z.string().describe('Position in the log: `<topic>/<partition>@<offset>`.'),
    occurredAt: timestampSchema,
    correlationId: z.string().describe('The same for all that follows from one request.'),
    causationId: z.string().optional().describe('The event that caused this one, if one did.'),
    causes: z
      .array(z.uuid())
      .describe(
        'The events of the story that led to it most directly: the step of a process that sent its command, or what a process ' +
          'went on with: an event, what its command did, or the step that set its timer. None if a request led to it. ' +
          '`causationId` names the event that a whole step of a process began with.',
      ),
    actor: z.string(),
    data: z.record(z.string(), z.unknown()),
    change: z
      .array(differenceSchema)
      .optional()
      .describe(
        'What the event changed in the document of its stream, at most 100 fields. Absent for the first event of a stream, and ' +
          'for stock, whose streams go on with other orders.',
      ),
  })
  .meta({ id: 'StoryNode' });

const storyDeliverySchema = z
  .object({
    subscriptionId: z.uuid(),
    host: z.string().describe('Of the callback URL.'),
    eventId: z.uuid(),
    status: z.enum(['delivered', 'retrying', 'dead-letter', 'skipped']),
    attempts: z.int().min(0),
    lastAttemptAt: timestampSchema,
  })
  .meta({ id: 'StoryDelivery' });

export const orderStorySchema = z
  .object({
    orderId: z.uuid(),
    status: z.string(),
    order: orderDocumentSchema.describe('The order, at `asOf` if that was sent.'),
    nodes: z
      .array(nodeSchema)
      .describe(
        'The events of the order, its payment, its process and its mails, and those of stock, carts and others that name the ' +
          'order or caused one of them; oldest first.',
      ),
    missing: z
      .array(z.object({ eventId: z.uuid(), position: z.string() }))
      .describe('Events of the story that cannot be read from the log.'),
    truncated: z.boolean().describe('There are more than 500 events, or more than 2 MB of them.'),
    webhooks: z
      .object({
        items: z.array(storyDeliverySchema),
        truncated: z.boolean().describe('There are more than 100 subscriptions or 1,000 deliveries.'),
      })
      .optional()
      .describe(
        'Deliveries of these events, as far back as the delivery log goes. One with several events is shown with the first of ' +
          'them. Only for callers with the scope `webhooks:read`.',
      ),
  })
  .meta({ id: 'OrderStory' });

export type OrderStoryQuery = z.output<typeof orderStoryQuerySchema>;
export type OrderStoryDocument = Omit<z.output<typeof orderStorySchema>, 'order'> & {
  readonly order: OrderDocument;
};
export type StoryNodeDocument = z.output<typeof nodeSchema>;

export function storyNodeDocument({ event, causes, change }: StoryNode): StoryNodeDocument {
  const { eventId, eventType, version, occurredAt, position, data } = eventDocument(event);
  const { streamId, correlationId, causationId, actor } = event.metadata;
  const { topic } = event.position;
  return {
    eventId,
    eventType,
    topic,
    streamId,
    version,
    position,
    occurredAt,
    correlationId,
    ...(causationId !== null && { causationId }),
    causes: [...causes],
    actor,
    data,
    ...(change && { change: [...change] }),
  };
}

export const placeDocument = ({
  eventId,
  ...position
}: RecordedEvent['position'] & { readonly eventId: string }) => ({
  eventId,
  position: formatPosition(position),
});
