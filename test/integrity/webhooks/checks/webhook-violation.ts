/** The promises of the architecture that a violation breaks. */
const PROMISE_OF = {
  'not-delivered': 7,
  'not-owed': 7,
  overtaken: 7,
  'chain-broken': 7,
  gap: 7,
  'repeated-too-often': 7,
  'not-signed': 7,
  stalled: 8,
} as const;

export type WebhookViolationKind = keyof typeof PROMISE_OF;

export interface WebhookViolation {
  readonly promise: 7 | 8;
  readonly kind: WebhookViolationKind;
  readonly detail: string;
}

export const webhookViolation = (kind: WebhookViolationKind, detail: string): WebhookViolation => ({
  promise: PROMISE_OF[kind],
  kind,
  detail,
});
