import ipaddr from 'ipaddr.js';

/** The only part of IPv6 that is routed between networks (RFC 4291); all else is local, mapped or historic. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether the address is one that anybody on the Internet could reach, so that calling it tells a subscriber nothing
 * about the network that we stand in. IPv4 inside IPv6 (mapped, NAT64, 6to4, Teredo) is not: it could be any address.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || (address as ipaddr.IPv6).match(GLOBAL_IPV6);
}

/** The address, where the host of a URL is one; `undefined` for a name. */
export function literalAddress(hostname: string): string | undefined {
  const text = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return ipaddr.isValid(text) ? text : undefined;
}
