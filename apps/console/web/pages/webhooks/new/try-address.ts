import { client } from '../../../api/client';
import { Problem } from '../../../api/problem';
import { createWebhook, deleteWebhook, testWebhook } from '../subscription-acts';
import type { Delivery } from '../subscription';

const POLL_MS = 500;
const PATIENCE_MS = 30_000;

/**
 * Sends a test to an address that has no webhook yet: by one that is owed nothing else, and is deleted afterwards.
 * @throws {Problem} if the address is refused, or nothing was heard of the test in time
 */
export async function tryAddress(callbackUrl: string, secret: string): Promise<Delivery> {
  const { subscriptionId } = await createWebhook({
    callbackUrl,
    secret,
    eventTypes: ['webhook.test'],
    retry: { maxAttempts: 20, initialDelayMs: 60_000, maxDelayMs: 60_000, timeoutMs: 15_000 },
  });
  try {
    return await firstAttempt(subscriptionId, await testWebhook(subscriptionId));
  } finally {
    await deleteWebhook(subscriptionId);
  }
}

async function firstAttempt(subscriptionId: string, eventId: string): Promise<Delivery> {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const { data } = await client.GET('/v1/webhook-subscriptions/{subscriptionId}/deliveries', {
      params: { path: { subscriptionId }, query: { limit: 10 } },
    });
    const found = data?.items.find((delivery) => delivery.eventId === eventId);
    if (found) return found;
  }
  throw new Problem(504, 'unknown', 'Nothing was heard of the test within 30 seconds.');
}
