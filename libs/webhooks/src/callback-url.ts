import { fail, ok, type Rejection, type Result } from '#libs/kernel';
import {
  isListedAddress,
  isListedName,
  isLocalName,
  isPublicAddress,
  literalAddress,
  whyNotPublic,
} from './target-address.js';

export const MAX_CALLBACK_URL_LENGTH = 2_048;

/** Where deliveries may go, as the operator has settled it. */
export interface TargetRules {
  /** Also http, and every address and port: for development. */
  readonly allowPrivateTargets: boolean;
  /** CIDR ranges, addresses, host names and `*.<domain>` that may be called though they are private, also by http. */
  readonly allowedTargets: readonly string[];
  /** `443`, or a range: `1024-65535`. */
  readonly allowedPorts: readonly string[];
}

/** What is wrong with a target, for programs and for people. */
export interface TargetRefusal {
  readonly reason: 'private-target' | 'port-not-allowed' | 'https-required';
  readonly detail: string;
}

type CallbackUrlRejection = Rejection<'callback-url-refused'>;

const refuse = (detail: string): Result<never, CallbackUrlRejection> =>
  fail({ code: 'callback-url-refused', detail });

/** Stands for a query that is not shown. */
export const HIDDEN_QUERY = '?…';

/** A callback URL in two: what anybody may see, and the query, which may hold a token. */
export interface SplitCallbackUrl {
  readonly callbackUrl: string;
  /** From its question mark on; empty for none. */
  readonly query: string;
}

/** A fragment is dropped: it is never sent. */
export function splitCallbackUrl(text: string): SplitCallbackUrl {
  const [, callbackUrl = '', query = ''] = /^([^?#]*)(\?[^#]*)?/s.exec(text) ?? [];
  return { callbackUrl, query: query === '?' ? '' : query };
}

/** As the URL is shown to its owner. */
export const shownCallbackUrl = ({ callbackUrl, query }: SplitCallbackUrl): string =>
  query === '' ? callbackUrl : callbackUrl + HIDDEN_QUERY;

/** Whether it has the mark in place of its query: a client sends back what it was shown. */
export const isQueryHidden = (text: string): boolean =>
  [HIDDEN_QUERY, encodeURI(HIDDEN_QUERY)].includes(splitCallbackUrl(text).query);

/** Whether both lead to the same scheme, host and port: what is secret to the one is known to the other already. */
export function isSameOrigin(a: string, b: string): boolean {
  if (!URL.canParse(a) || !URL.canParse(b)) return false;
  return new URL(a).origin === new URL(b).origin;
}

/** One spelling for every way to write the same URL. The fragment is left out, because it is never sent. */
export function normalizedUrl(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  url.hash = '';
  return url.href;
}

/** Also where one is written otherwise than the other. */
export const isSameUrl = (a: string, b: string): boolean => normalizedUrl(a) === normalizedUrl(b);

/**
 * Whether deliveries may go to the URL, as far as its text tells. What its host name resolves to is looked at with each
 * connection, because that changes.
 */
export function checkCallbackUrl(text: string, rules: TargetRules): Result<URL, CallbackUrlRejection> {
  if (text.length > MAX_CALLBACK_URL_LENGTH)
    return refuse(`must have at most ${MAX_CALLBACK_URL_LENGTH} characters`);
  if (!URL.canParse(text)) return refuse('must be an absolute URL');
  if (isQueryHidden(text))
    return refuse(`must not end in ${HIDDEN_QUERY}, which stands for a query that is not shown`);
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refuse('must begin with https://');
  // The URL is shown to whoever may read the subscription.
  if (url.username || url.password) return refuse('must not contain a user name or password');
  const refusal = targetRefusal(url, rules);
  return refusal ? refuse(refusal.detail) : ok(url);
}

/** Why a connection may not be made, as far as can be told before the host name is looked up. */
export function targetRefusal(
  target: Pick<URL, 'protocol' | 'hostname' | 'port'>,
  rules: TargetRules,
): TargetRefusal | undefined {
  if (rules.allowPrivateTargets) return undefined;
  const { protocol, hostname } = target;
  const isListed = isListedHost(hostname, rules.allowedTargets);
  if (protocol !== 'https:' && !isListed)
    return { reason: 'https-required', detail: 'must begin with https://' };
  const why = isListed ? undefined : whyPrivateHost(hostname);
  if (why) return { reason: 'private-target', detail: `must not point to ${why}` };
  const port = Number(target.port || (protocol === 'https:' ? 443 : 80));
  const allowed = protocol === 'https:' ? rules.allowedPorts : [...rules.allowedPorts, '80'];
  if (allowed.some((ports) => hasPort(ports, port))) return undefined;
  return {
    reason: 'port-not-allowed',
    detail: `must not use port ${port}: allowed are ${allowed.join(', ')}`,
  };
}

/** Whether a connection for this host may be made to an address that it was found to have. */
export const isAllowedAddress = (address: string, rules: TargetRules): boolean =>
  rules.allowPrivateTargets || isPublicAddress(address) || isListedAddress(address, rules.allowedTargets);

const PORTS = /^(\d{1,5})(?:-(\d{1,5}))?$/;

/** Whether the text is a port, or two with a hyphen between them. */
export function isPortRange(text: string): boolean {
  const [, from, to = from] = PORTS.exec(text) ?? [];
  return Number(from) >= 1 && Number(from) <= Number(to) && Number(to) <= 65_535;
}

function hasPort(ports: string, port: number): boolean {
  const [from = '', to = from] = ports.split('-');
  return port >= Number(from) && port <= Number(to);
}

function isListedHost(hostname: string, allowedTargets: readonly string[]): boolean {
  const address = literalAddress(hostname);
  return address === undefined
    ? isListedName(hostname, allowedTargets)
    : isListedAddress(address, allowedTargets);
}

function whyPrivateHost(hostname: string): string | undefined {
  const address = literalAddress(hostname);
  if (address === undefined) return isLocalName(hostname) ? 'a name of the local network' : undefined;
  return whyNotPublic(address);
}
