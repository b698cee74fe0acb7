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

/** The operator's rules on where deliveries may go. */
export interface TargetRules {
  /** Allows http and every address and port, for development. */
  readonly allowPrivateTargets: boolean;
  /** CIDR ranges, addresses, host names and `*.<domain>` that are allowed although private, over http too. */
  readonly allowedTargets: readonly string[];
  /** `443`, or a range: `1024-65535`. */
  readonly allowedPorts: readonly string[];
}

export interface TargetRefusal {
  readonly reason: 'private-target' | 'port-not-allowed' | 'https-required';
  readonly detail: string;
}

type CallbackUrlRejection = Rejection<'callback-url-refused'>;

const refuse = (detail: string): Result<never, CallbackUrlRejection> =>
  fail({ code: 'callback-url-refused', detail });

/** Replaces a query that is not shown. */
export const HIDDEN_QUERY = '?…';

/** A callback URL, split into the visible part and the query, which may hold a token. */
export interface SplitCallbackUrl {
  readonly callbackUrl: string;
  /** Includes the question mark; empty for none. */
  readonly query: string;
}

/** Drops the fragment, which is never sent. */
export function splitCallbackUrl(text: string): SplitCallbackUrl {
  const [, callbackUrl = '', query = ''] = /^([^?#]*)(\?[^#]*)?/s.exec(text) ?? [];
  return { callbackUrl, query: query === '?' ? '' : query };
}

/** Returns the URL as its owner sees it. */
export const shownCallbackUrl = ({ callbackUrl, query }: SplitCallbackUrl): string =>
  query === '' ? callbackUrl : callbackUrl + HIDDEN_QUERY;

/** Returns whether the query is {@link HIDDEN_QUERY}, because the client sent back a URL as it was shown. */
export const isQueryHidden = (text: string): boolean =>
  [HIDDEN_QUERY, encodeURI(HIDDEN_QUERY)].includes(splitCallbackUrl(text).query);

/** Returns whether both have the same scheme, host and port, and may therefore share secrets. */
export function isSameOrigin(a: string, b: string): boolean {
  if (!URL.canParse(a) || !URL.canParse(b)) return false;
  return new URL(a).origin === new URL(b).origin;
}

/** Returns one spelling for all ways to write a URL, without the fragment, which is never sent. */
export function normalizedUrl(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  url.hash = '';
  return url.href;
}

/** Compares URLs regardless of their spelling. */
export const isSameUrl = (a: string, b: string): boolean => normalizedUrl(a) === normalizedUrl(b);

/**
 * Checks by its text whether deliveries may go to the URL. The addresses of its host name can change, so each connection
 * checks those.
 */
export function checkCallbackUrl(text: string, rules: TargetRules): Result<URL, CallbackUrlRejection> {
  if (text.length > MAX_CALLBACK_URL_LENGTH)
    return refuse(`must have at most ${MAX_CALLBACK_URL_LENGTH} characters`);
  if (!URL.canParse(text)) return refuse('must be an absolute URL');
  if (isQueryHidden(text))
    return refuse(`must not end in ${HIDDEN_QUERY}, which stands for a query that is not shown`);
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refuse('must begin with https://');
  // Everyone who may read the subscription sees the URL.
  if (url.username || url.password) return refuse('must not contain a user name or password');
  const refusal = targetRefusal(url, rules);
  return refusal ? refuse(refusal.detail) : ok(url);
}

/** Returns why a connection is forbidden, as far as is known before the DNS lookup. */
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

/** Returns whether a connection to this resolved address is allowed. */
export const isAllowedAddress = (address: string, rules: TargetRules): boolean =>
  rules.allowPrivateTargets || isPublicAddress(address) || isListedAddress(address, rules.allowedTargets);

const PORTS = /^(\d{1,5})(?:-(\d{1,5}))?$/;

/** Returns whether the text is a port, or a range such as `1024-65535`. */
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
