import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

/**
 * The address of the client: the other end of the connection, or what the proxies of HTTP_TRUSTED_PROXIES say. Always an
 * address, or empty once the connection has ended.
 */
export function clientAddressOf({ ip, socket }: Pick<FastifyRequest, 'ip' | 'socket'>): string {
  // A proxy may pass on whatever its client has written.
  const address = isIP(ip) ? ip : (socket.remoteAddress ?? '');
  return isIP(address) ? ipaddr.process(withoutZone(address)).toString() : '';
}

const withoutZone = (address: string): string => address.split('%', 1)[0] ?? '';

/** What limits by address count: an IPv4 address, or the /64 of an IPv6 address, because any of those belong to one host. */
export function addressShareOf(request: Pick<FastifyRequest, 'ip' | 'socket'>): string {
  const address = clientAddressOf(request);
  return address.includes(':') ? `${networkOf(address)}::/64` : address;
}

const networkOf = (address: string): string =>
  ipaddr.IPv6.parse(address)
    .parts.slice(0, 4)
    .map((part) => part.toString(16))
    .join(':');
