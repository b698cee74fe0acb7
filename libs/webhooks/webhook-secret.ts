/** Prefix of a Standard Webhooks secret. */
export const SECRET_PREFIX = 'whsec_';

/** Length of a generated secret. */
export const MADE_SECRET_BYTES = 32;

const QUAD = '[A-Za-z0-9+/]{4}';
const LAST = '[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=';
/** 24 to 63 bytes, or 64. */
const BASE64 = `(?:${QUAD}){8,20}(?:${QUAD}|${LAST})?|(?:${QUAD}){21}[A-Za-z0-9+/]{2}==`;

/** `whsec_` and the padded base64 of 24 to 64 bytes. */
export const WEBHOOK_SECRET = new RegExp(`^${SECRET_PREFIX}(?:${BASE64})$`);

export const isWebhookSecret = (text: string): boolean => WEBHOOK_SECRET.test(text);

/** @param random {@link MADE_SECRET_BYTES} unpredictable bytes */
export const webhookSecretOf = (random: Buffer): string => `${SECRET_PREFIX}${random.toString('base64')}`;
