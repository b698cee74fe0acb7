import type { Subscription } from '#libs/webhooks';
import { splitCallbackUrl } from '#libs/webhooks';
import type { RawHeaders } from '../core/exchange/answer-headers.js';
import type { AttemptOutcome } from '../core/ports.js';

const INSTEAD = '[redacted]';
/** A shorter value is hardly a secret, and may stand anywhere. */
const LEAST_LENGTH = 8;
/** What an answer that is cut within a secret may still have of it. */
const LEAST_PART = 4;

const known = new WeakMap<Subscription, readonly string[]>();

/** What a subscription sends that nobody may read who sees its deliveries: values of its own headers, and its query. */
function secretsOf(subscription: Subscription): readonly string[] {
  const found = known.get(subscription);
  if (found) return found;
  const { query } = splitCallbackUrl(subscription.callbackUrl);
  const parameters = query.slice(1).split('&');
  const sent = [...Object.values(subscription.headers), query, ...parameters].flatMap((text) => [
    text,
    // A token without its scheme, or a value without its name.
    ...text.split(/[\s,;=:]+/),
  ]);
  const spelled = sent.flatMap((text) => [text, JSON.stringify(text).slice(1, -1), decoded(text)]);
  const secrets = [...new Set(spelled)]
    .filter((text) => text.length >= LEAST_LENGTH)
    // What holds others comes first.
    .toSorted((a, b) => b.length - a.length);
  known.set(subscription, secrets);
  return secrets;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/**
 * The outcome of an attempt as it may be logged. Endpoints for tests answer with the whole request, and its secrets would then
 * be in the delivery log, where they are neither encrypted nor kept from those who may only read.
 */
export function withoutSentSecrets(outcome: AttemptOutcome, subscription: Subscription): AttemptOutcome {
  if (!('answer' in outcome) && !('answerHeaders' in outcome)) return outcome;
  const secrets = secretsOf(subscription);
  if (secrets.length === 0) return outcome;
  const { answer, answerHeaders } = outcome;
  return {
    ...outcome,
    answer: answer === undefined ? undefined : redacted(answer, secrets),
    answerHeaders: answerHeaders && redactedHeaders(answerHeaders, secrets),
  };
}

const redactedHeaders = (headers: RawHeaders, secrets: readonly string[]): RawHeaders =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'object'
        ? value.map((text) => redacted(text, secrets))
        : value && redacted(value, secrets),
    ]),
  );

function redacted(text: string, secrets: readonly string[]): string {
  const without = secrets.reduce((left, secret) => left.replaceAll(secret, INSTEAD), text);
  for (const secret of secrets)
    for (let length = secret.length - 1; length >= LEAST_PART; length--)
      if (without.endsWith(secret.slice(0, length))) return without.slice(0, -length) + INSTEAD;
  return without;
}
