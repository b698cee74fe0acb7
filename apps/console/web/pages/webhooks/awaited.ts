import createQueryClient from 'openapi-react-query';
import type { Client } from 'openapi-fetch';
import { client } from '../../api/client';
import type { Period } from '../../parts/period-control';
import type { Metrics, Subscription } from './subscription';

/*
 * A route that this page uses already, and that the OpenAPI document does not have yet. It goes once it has landed.
 */

type Health = Pick<Metrics, 'successRate' | 'buckets' | 'deadLetters' | 'oldestUndeliveredAt' | 'lagEvents'>;

export interface WatchedSubscription
  extends Health,
    Pick<Subscription, 'subscriptionId' | 'status' | 'eventTypes' | 'createdAt'> {
  readonly tenant: string;
  readonly url: string;
  readonly health: string;
  readonly p95LatencyMs?: number;
}

interface AwaitedPaths {
  '/v1/operations/webhook-subscriptions': {
    get: {
      parameters: { query?: { status?: string; health?: string; period?: Period; pageToken?: string } };
      responses: {
        200: { content: { 'application/json': { items: WatchedSubscription[]; nextPageToken?: string } } };
      };
    };
  };
}

export const awaited = createQueryClient(client as unknown as Client<AwaitedPaths>);
