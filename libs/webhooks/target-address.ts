import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** The only globally routed part of IPv6 (RFC 4291); the rest is local, mapped or historic. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Looks public, but is the host of an Azure virtual machine. */
const AZURE_HOST = '168.63.129.16';

const EMBEDDED = 'an IPv4 address inside IPv6';
const RESERVED = 'a reserved address';

/** Descriptions of non-public ranges. IPv4 inside IPv6 is one, because it could be any address. */
const WORDS: Readonly<Record<string, string>> = {
  unspecified: 'the unspecified address',
  broadcast: 'a broadcast address',
  multicast: 'a multicast address',
  linkLocal: 'a link-local address',
  loopback: 'a loopback address',
  carrierGradeNat: 'an address behind carrier-grade NAT',
  private: 'a private address',
  uniqueLocal: 'a private address',
  ipv4Mapped: EMBEDDED,
  rfc6145: EMBEDDED,
  rfc6052: EMBEDDED,
  '6to4': EMBEDDED,
  teredo: EMBEDDED,
};

/**
 * Describes an address that is not public, such as `a loopback address`; `undefined` for a public one. Anyone on the
 * Internet can reach a public address, so calling it reveals nothing about the internal network.
 */
export function whyNotPublic(text: string): string | undefined {
  if (!ipaddr.isValid(text)) return 'not an address';
  const address = ipaddr.parse(text);
  const range = address.range();
  if (range !== 'unicast') return WORDS[range] ?? RESERVED;
  if (isIpv6(address)) return address.match(GLOBAL_IPV6) ? undefined : RESERVED;
  return address.toString() === AZURE_HOST ? 'a metadata address' : undefined;
}

export const isPublicAddress = (text: string): boolean => whyNotPublic(text) === undefined;

/** Returns the host of a URL if it is an address; `undefined` for a name. */
export function literalAddress(hostname: string): string | undefined {
  const text = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return ipaddr.isValid(text) ? text : undefined;
}

/** Domains of local networks: RFC 6761, 6762 and 8375, and the top-level domain that ICANN reserves for private use. */
const LOCAL_DOMAINS = ['localhost', 'local', 'internal', 'home.arpa'];

/** Returns whether the name is local by its form. Other names need a DNS lookup. */
export function isLocalName(hostname: string): boolean {
  const name = plainName(hostname);
  return !name.includes('.') || LOCAL_DOMAINS.some((domain) => isWithin(name, domain));
}

const TARGET_NAME = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i;

/** Returns whether the text is a valid allowed target: an address, a CIDR range, a host name, or `*.<domain>`. */
export const isTargetPattern = (text: string): boolean =>
  ipaddr.isValid(text) || ipaddr.isValidCIDR(text) || TARGET_NAME.test(text);

/** Returns whether a listed range or address contains the address. */
export const isListedAddress = (address: string, patterns: readonly string[]): boolean =>
  ipaddr.isValid(address) && patterns.some((pattern) => hasAddress(pattern, ipaddr.parse(address)));

/** Returns whether a listed name or domain matches the name. */
export function isListedName(hostname: string, patterns: readonly string[]): boolean {
  const name = plainName(hostname);
  return patterns.some((pattern) => {
    const listed = plainName(pattern);
    return listed.startsWith('*.') ? name.endsWith(listed.slice(1)) : name === listed;
  });
}

function hasAddress(pattern: string, address: Address): boolean {
  if (ipaddr.isValid(pattern)) return ipaddr.parse(pattern).toString() === address.toString();
  if (!ipaddr.isValidCIDR(pattern)) return false;
  const [network, bits] = ipaddr.parseCIDR(pattern);
  return network.kind() === address.kind() && address.match(network, bits);
}

const isIpv6 = (address: Address): address is ipaddr.IPv6 => address.kind() === 'ipv6';

/** Lower case, without the root dot. */
const plainName = (hostname: string): string => hostname.toLowerCase().replace(/\.$/, '');

const isWithin = (name: string, domain: string): boolean => name === domain || name.endsWith(`.${domain}`);
