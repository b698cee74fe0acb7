import { z } from 'zod';
import { neededBody } from '#libs/platform';
import { DEFAULT_RETRY_POLICY, WEBHOOK_SECRET } from '../index.js';
import { placeSchemas } from './log-place.js';
import { retryNumbers, settingSchemas } from './setting.schemas.js';

const DAY_SECONDS = 86_400;

const startFrom = z
  .union([z.enum(['now', 'beginning']), ...placeSchemas])
  .describe(
    '`now`: every event acknowledged after the answer. `beginning`: all events. `{time}`: all events appended at this ' +
      'time or later. `{positions}`: these events and all later ones in the same partitions; other partitions from now on.',
  );

const { maxAttempts, initialDelayMs, maxDelayMs, timeoutMs } = retryNumbers;

const retry = z
  .strictObject({
    maxAttempts: maxAttempts.default(DEFAULT_RETRY_POLICY.maxAttempts),
    initialDelayMs: initialDelayMs.default(DEFAULT_RETRY_POLICY.initialDelayMs),
    maxDelayMs: maxDelayMs.default(DEFAULT_RETRY_POLICY.maxDelayMs),
    timeoutMs: timeoutMs.default(DEFAULT_RETRY_POLICY.timeoutMs),
  })
  .meta({ id: 'RetryPolicy' });

const { headers, ...settings } = settingSchemas;

const NOT_BOTH = { not: { required: ['eventTypes', 'eventType'] } };

export const createSubscriptionSchema = z
  .strictObject({
    callbackUrl: settings.callbackUrl,
    eventTypes: settings.eventTypes.optional(),
    eventType: settings.eventType.optional(),
    secret: z
      .string()
      .regex(WEBHOOK_SECRET, 'must be whsec_ and the base64 of 24 to 64 bytes')
      .optional()
      .describe('The signing secret, in the form of Standard Webhooks. Default: a random one.'),
    ordering: settings.ordering.default('stream'),
    onExhausted: settings.onExhausted.default('park'),
    startFrom: startFrom.default('now'),
    filter: settings.filter.default(null),
    payload: settings.payload.default('full'),
    format: settings.format.default('native'),
    batch: settings.batch.default(null),
    rateLimit: settings.rateLimit.default(null),
    retry: retry.default(DEFAULT_RETRY_POLICY),
    headers: headers.default(null),
  })
  .superRefine((body, context) => {
    const given = [body.eventTypes, body.eventType].filter((value) => value !== undefined);
    const message =
      given.length > 1 ? 'give either eventTypes or eventType, not both' : 'at least one is needed';
    if (given.length !== 1) context.addIssue({ code: 'custom', path: ['eventTypes'], message });
  })
  .meta({
    id: 'CreateWebhookSubscription',
    if: { required: ['eventType'] },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: NOT_BOTH,
    else: { required: ['eventTypes'] },
    example: { callbackUrl: 'https://example.com/orderstream', eventTypes: ['order.*'] },
  });

/** Any of the settings. Those that are absent stay as they are, including single numbers of `retry`. */
export const updateSubscriptionSchema = neededBody(
  z
    .strictObject({
      ...settings,
      retry: z.strictObject(retryNumbers).partial(),
      headers,
    })
    .partial()
    .superRefine((body, context) => {
      const message = 'give either eventTypes or eventType, not both';
      if (body.eventTypes !== undefined && body.eventType !== undefined)
        context.addIssue({ code: 'custom', path: ['eventTypes'], message });
    })
    .meta({ id: 'UpdateWebhookSubscription', ...NOT_BOTH, example: { rateLimit: 50 } }),
);

export const rotateSecretSchema = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(7 * DAY_SECONDS)
      .default(DAY_SECONDS)
      .describe('How long old secrets keep signing.'),
  })
  .meta({ id: 'RotateWebhookSecret', example: { overlapSeconds: DAY_SECONDS } });

export type CreateSubscriptionBody = z.output<typeof createSubscriptionSchema>;
export type UpdateSubscriptionBody = z.output<typeof updateSubscriptionSchema>;
export type RotateSecretBody = z.output<typeof rotateSecretSchema>;
