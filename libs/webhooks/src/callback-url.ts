import { fail, ok, type Rejection, type Result } from '#libs/kernel';
import { isPublicAddress, literalAddress } from './target-address.js';

export const MAX_CALLBACK_URL_LENGTH = 2_048;

type CallbackUrlRejection = Rejection<'callback-url-refused'>;

const refuse = (detail: string): Result<never, CallbackUrlRejection> =>
  fail({ code: 'callback-url-refused', detail });

/**
 * Whether deliveries may go to the URL, as far as its text tells. What its host name resolves to is looked at again
 * with each connection, because that changes.
 * @param allowPrivateTargets also http, and hosts of the own network: for development.
 */
export function checkCallbackUrl(
  text: string,
  allowPrivateTargets: boolean,
): Result<URL, CallbackUrlRejection> {
  if (text.length > MAX_CALLBACK_URL_LENGTH)
    return refuse(`must have at most ${MAX_CALLBACK_URL_LENGTH} characters`);
  if (!URL.canParse(text)) return refuse('must be an absolute URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(allowPrivateTargets && url.protocol === 'http:')) {
    return refuse(allowPrivateTargets ? 'must begin with https:// or http://' : 'must begin with https://');
  }
  // The URL is shown to whoever may read the subscription.
  if (url.username || url.password) return refuse('must not contain a user name or password');
  if (!allowPrivateTargets && isPrivateHost(url.hostname))
    return refuse('must not point to a private address');
  return ok(url);
}

function isPrivateHost(hostname: string): boolean {
  const address = literalAddress(hostname);
  if (address !== undefined) return !isPublicAddress(address);
  const name = hostname.replace(/\.$/, '');
  return name === 'localhost' || name.endsWith('.localhost');
}
