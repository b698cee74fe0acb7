import { z } from 'zod';
import { formatPosition, withoutNulls } from '#libs/kernel';
import { integerParameter, pagingParameters } from '#libs/platform';
import type { DetailedDelivery } from '#libs/webhook-delivery/postgres';
import { attemptDocument, attemptSchema, deliveryDocument, deliverySchema } from './delivery.schemas.js';
import { OMITTED_BODIES, type SentRequest } from './sent-request.js';

export const deliveryDetailListSchema = z.strictObject({
  ...pagingParameters,
  limit: integerParameter(1, 20, 'Most items in a page.').default(10),
});

const headersSchema = z.array(z.object({ name: z.string(), value: z.string().optional() }));

const detailedAttemptSchema = attemptSchema.extend({
  requestHeaders: headersSchema
    .optional()
    .describe(
      'The headers that we sent. Those without a value are secret: the signature, and the extra headers that are configured ' +
        'now; or not known any more: the `traceparent` of a replay, or of an attempt long after the event. In `traceparent`, ' +
        '`…` stands for the span of the attempt. Absent if no headers are known any more.',
    ),
  answerHeaders: headersSchema
    .optional()
    .describe('The first 32 headers of the answer, up to 2 KiB, without cookies.'),
});

export const deliveryDetailSchema = deliverySchema
  .extend({
    streamId: z.string().optional(),
    version: z.int().optional().describe('Position of the event in its stream, from 1.'),
    request: z.object({
      contentType: z.string().optional(),
      bytes: z.int().optional().describe('Length of the body.'),
      body: z
        .string()
        .optional()
        .describe('The body as the last attempt sent it, rendered from the event log.'),
      omitted: z
        .enum(OMITTED_BODIES)
        .optional()
        .describe(
          'Why there is no body: it is larger than 256 KiB, its events are gone from the event log, or its form is not known any more.',
        ),
    }),
    attempts: z.array(detailedAttemptSchema),
  })
  .meta({ id: 'WebhookDeliveryDetail' });

export type DeliveryDetailListQuery = z.output<typeof deliveryDetailListSchema>;
export type DeliveryDetailDocument = z.output<typeof deliveryDetailSchema>;

export const deliveryDetailDocument = (
  delivery: DetailedDelivery,
  { headersOf, first, ...request }: SentRequest,
): DeliveryDetailDocument =>
  withoutNulls({
    ...deliveryDocument(delivery),
    position: formatPosition(delivery),
    streamId: first?.metadata.streamId ?? null,
    version: first?.metadata.version ?? null,
    request,
    attempts: delivery.attempts.map((attempt) => ({
      ...attemptDocument(attempt),
      requestHeaders: headersOf(attempt) ?? null,
      answerHeaders: attempt.exchange?.answerHeaders.map(([name, value]) => ({ name, value })) ?? null,
    })),
  }) as DeliveryDetailDocument;
