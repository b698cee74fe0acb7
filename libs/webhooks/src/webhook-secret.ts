/** What a secret of Standard Webhooks begins with. */
export const SECRET_PREFIX = 'whsec_';

export const SECRET_BYTES = { min: 24, max: 64, made: 32 } as const;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Whether the text is `whsec_` and the padded base64 of 24 to 64 bytes. */
export function isWebhookSecret(text: string): boolean {
  if (!text.startsWith(SECRET_PREFIX)) return false;
  const encoded = text.slice(SECRET_PREFIX.length);
  if (!BASE64.test(encoded)) return false;
  const padding = encoded.endsWith('==') ? 2 : encoded.endsWith('=') ? 1 : 0;
  const bytes = (encoded.length / 4) * 3 - padding;
  return bytes >= SECRET_BYTES.min && bytes <= SECRET_BYTES.max;
}

/** @param random {@link SECRET_BYTES}`.made` unpredictable bytes. */
export const webhookSecretOf = (random: Buffer): string => `${SECRET_PREFIX}${random.toString('base64')}`;
