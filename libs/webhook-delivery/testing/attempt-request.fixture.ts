import type { AttemptOutcome, AttemptRequest } from '../core/ports.js';
import { newId, type RecordedEvent } from '#libs/kernel';
import { someMetadata } from '#libs/orders/testing';
import { someSubscription } from '#libs/webhooks/testing';
import { type SigningSecret, type Subscription, type TargetRules, webhookSecretOf } from '#libs/webhooks';

export const SECRET = webhookSecretOf(Buffer.alloc(32, 1));
export const OTHER_SECRET = webhookSecretOf(Buffer.alloc(32, 2));

/** Never times out on an endpoint that answers, however busy the machine. */
const PATIENT = { maxAttempts: 1, initialDelayMs: 1, maxDelayMs: 1, timeoutMs: 20_000 };
/** For endpoints that do not answer. */
export const HURRIED = { ...PATIENT, timeoutMs: 400 };

/** The default settings. */
export const PUBLIC_ONLY: TargetRules = {
  allowPrivateTargets: false,
  allowedTargets: [],
  allowedPorts: ['443', '1024-65535'],
};
export const DEVELOPMENT: TargetRules = { ...PUBLIC_ONLY, allowPrivateTargets: true };

export const valid = (secret: string, expiresAt: string | null = null): SigningSecret => ({
  secret,
  expiresAt,
});

export const someEvent = (metadata: Partial<RecordedEvent['metadata']> = {}): RecordedEvent => ({
  type: 'order.created',
  data: { orderId: 'o-1', reason: null, customer: { id: 'c-1', email: null } },
  position: { topic: 'orders', partition: 3, offset: 17 },
  metadata: someMetadata({
    streamId: 'o-1',
    correlationId: '0197c0de-0000-7000-8000-000000000001',
    commandId: 'command',
    tenant: 'acme',
    ...metadata,
  }),
});

/** Consecutive events of a partition. */
export const someEvents = (count: number): [RecordedEvent, ...RecordedEvent[]] =>
  Array.from({ length: count }, (_, index) => ({
    ...someEvent({ version: index + 1 }),
    position: { topic: 'orders', partition: 3, offset: 17 + index },
  })) as unknown as [RecordedEvent, ...RecordedEvent[]];

export const subscriptionTo = (callbackUrl: string, changes: Partial<Subscription> = {}): Subscription =>
  someSubscription({
    subscriptionId: newId(),
    callbackUrl,
    secrets: [valid(SECRET)],
    retry: PATIENT,
    ...changes,
  });

export const requestFor = (
  subscription: Subscription,
  changes: Partial<AttemptRequest> = {},
): AttemptRequest => ({
  subscription,
  replayId: null,
  events: [someEvent()],
  previousEventId: null,
  attempt: 1,
  watermark: 17,
  ...changes,
});

export const noSignal = (): AbortSignal => new AbortController().signal;

/** For specs to which the headers of the answer do not matter. */
export const withoutHeaders = ({ answerHeaders: _, ...outcome }: AttemptOutcome): AttemptOutcome => outcome;
