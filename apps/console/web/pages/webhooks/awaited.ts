import createQueryClient from 'openapi-react-query';
import type { Client } from 'openapi-fetch';
import { client } from '../../api/client';
import type { Period } from '../../parts/period-control';

/*
 * Routes that the page uses already, and that the OpenAPI document does not have yet. Each goes once it has landed.
 */

interface Route<Parameters extends object, Answer, Status extends number = 200, Body = never> {
  parameters: Parameters;
  requestBody?: [Body] extends [never] ? never : { content: { 'application/json': Body } };
  responses: { [Key in Status]: { content: { 'application/json': Answer } } };
}

interface OfSubscription {
  path: { subscriptionId: string };
}

export interface Bucket {
  readonly from: string;
  readonly delivered: number;
  readonly failed: number;
}

export interface Metrics {
  readonly period: Period;
  readonly from: string;
  readonly to: string;
  readonly attempts: number;
  readonly delivered: number;
  readonly failed: number;
  readonly successRate?: number | null;
  readonly latencyMs?: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
  readonly buckets: Bucket[];
  readonly statusCodes: { readonly code: number | string; readonly count: number }[];
  readonly oldestUndeliveredAt?: string;
  readonly deadLetters: number;
  readonly lagEvents: number;
}

export interface OverseenSubscription {
  readonly subscriptionId: string;
  readonly tenant: string;
  readonly url: string;
  readonly status: string;
  readonly eventTypes: string[];
  readonly successRate?: number | null;
  readonly latencyMs?: { readonly p95: number } | null;
  readonly buckets: Bucket[];
  readonly deadLetters: number;
  readonly oldestUndeliveredAt?: string;
  readonly lagEvents: number;
}

export interface EventType {
  readonly eventType: string;
  readonly topic: string;
  readonly description: string;
  readonly schema: object;
  readonly example: object;
}

export interface ExplainedDelivery {
  readonly eventId: string;
  readonly eventType: string;
  readonly position: string;
  readonly outcome: string;
  readonly reason: string;
  readonly [fact: string]: unknown;
}

export interface DetailedAttempt {
  readonly attempt: number;
  readonly time: string;
  readonly durationMs: number;
  readonly statusCode?: number;
  readonly error?: string;
  readonly answer?: string;
  readonly answerHeaders?: Readonly<Record<string, string>>;
}

export interface DetailedDelivery {
  readonly eventId: string;
  readonly eventType: string;
  readonly position: string;
  readonly streamId: string;
  readonly replayId?: string;
  readonly status: string;
  readonly attempts: DetailedAttempt[];
  readonly request: {
    readonly url?: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
}

interface AwaitedPaths {
  '/v1/webhook-subscriptions/{subscriptionId}/metrics': {
    get: Route<OfSubscription & { query?: { period?: Period } }, Metrics>;
  };
  '/v1/webhook-subscriptions/{subscriptionId}/explain': {
    get: Route<OfSubscription & { query: { eventId?: string; position?: string } }, ExplainedDelivery>;
  };
  '/v1/webhook-subscriptions/{subscriptionId}/deliveries/{eventId}': {
    get: Route<{ path: { subscriptionId: string; eventId: string } }, { items: DetailedDelivery[] }>;
  };
  '/v1/webhook-subscriptions/{subscriptionId}/deliveries/{eventId}/resend': {
    post: Route<
      { path: { subscriptionId: string; eventId: string }; header?: { 'Idempotency-Key'?: string } },
      { replayId: string },
      202
    >;
  };
  '/v1/operations/webhook-subscriptions': {
    get: Route<
      { query?: { status?: string; health?: string; period?: Period; pageToken?: string } },
      { items: OverseenSubscription[]; nextPageToken?: string }
    >;
  };
  '/v1/event-types': { get: Route<object, { items: EventType[] }> };
  '/v1/portal-links': {
    post: Route<
      object,
      { url: string; expiresAt: string },
      201,
      { subscriptionId?: string; expiresInSeconds?: number }
    >;
  };
}

export const awaitedClient = client as unknown as Client<AwaitedPaths>;
export const awaited = createQueryClient(awaitedClient);
