/** Seeded bug: a delivery that failed is tried again behind the later ones of its lane. */
import { UndiciWebhookClient } from '../../../dist/libs/webhook-delivery/http/webhook-client.js';

const RETRY_MS = 100;
const attempt = Reflect.get(UndiciWebhookClient.prototype, 'attempt');

UndiciWebhookClient.prototype.attempt = async function attemptAndGoOn(request, signal) {
  const outcome = await attempt.call(this, request, signal);
  if (outcome.outcome === 'delivered') return outcome;
  const again = async () => {
    const next = await attempt.call(this, request, new AbortController().signal);
    if (next.outcome !== 'delivered') setTimeout(() => void again(), RETRY_MS);
  };
  setTimeout(() => void again(), RETRY_MS);
  return { outcome: 'delivered', status: 200 };
};
