import { isIP, isIPv4 } from 'node:net';

/** The widest networks that anybody has for themselves: 10.0.0.0/8, and fc00::/7. */
const SHORTEST_PREFIX = { ipv4: 8, ipv6: 7 };

export const TRUSTED_PROXIES_RULE =
  `must be addresses or CIDR ranges of your own proxies, separated by commas, at least ` +
  `/${SHORTEST_PREFIX.ipv4} long (IPv6: /${SHORTEST_PREFIX.ipv6}): who trusts everybody lets each client choose its address`;

/** Returns whether the text is an address, or a range that can be one's own. */
export function isTrustedProxy(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  if (!isIP(address) || address.includes('%') || more.length > 0) return false;
  if (prefix === undefined) return true;
  const [shortest, longest] = isIPv4(address) ? [SHORTEST_PREFIX.ipv4, 32] : [SHORTEST_PREFIX.ipv6, 128];
  return /^\d{1,3}$/.test(prefix) && Number(prefix) >= shortest && Number(prefix) <= longest;
}
