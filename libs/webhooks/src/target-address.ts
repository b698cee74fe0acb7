import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** The only part of IPv6 that is routed between networks (RFC 4291); all else is local, mapped or historic. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Looks public, and is answered by the host that a virtual machine of Azure runs on. */
const AZURE_HOST = '168.63.129.16';

const EMBEDDED = 'an IPv4 address inside IPv6';
const RESERVED = 'a reserved address';

/** The ranges that are not public, in words. IPv4 inside IPv6 is among them: it could be any address. */
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
 * What the address is if it is not public: `a loopback address`. A public one is one that anybody on the Internet could
 * reach, so that calling it tells a subscriber nothing about the network that we stand in.
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

/** The address, where the host of a URL is one; `undefined` for a name. */
export function literalAddress(hostname: string): string | undefined {
  const text = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return ipaddr.isValid(text) ? text : undefined;
}

/** Names that never leave the own network: RFC 6761, 6762 and 8375, and the top-level domain that ICANN keeps for it. */
const LOCAL_DOMAINS = ['localhost', 'local', 'internal', 'home.arpa'];

/** Whether the name, as such, can only lead into the own network. Where others lead is known once they are looked up. */
export function isLocalName(hostname: string): boolean {
  const name = plainName(hostname);
  return !name.includes('.') || LOCAL_DOMAINS.some((domain) => isWithin(name, domain));
}

const TARGET_NAME = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i;

/** Whether the text can stand in a list of allowed targets: an address, a CIDR range, a host name, or `*.<domain>`. */
export const isTargetPattern = (text: string): boolean =>
  ipaddr.isValid(text) || ipaddr.isValidCIDR(text) || TARGET_NAME.test(text);

/** Whether one of the ranges and addresses of the list has the address. */
export const isListedAddress = (address: string, patterns: readonly string[]): boolean =>
  ipaddr.isValid(address) && patterns.some((pattern) => hasAddress(pattern, ipaddr.parse(address)));

/** Whether one of the names and domains of the list is the name's. */
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

/** As URLs spell it, and without the dot of the root. */
const plainName = (hostname: string): string => hostname.toLowerCase().replace(/\.$/, '');

const isWithin = (name: string, domain: string): boolean => name === domain || name.endsWith(`.${domain}`);
