import { addressShareOf, clientAddressOf } from './client-address.js';

const request = (ip: string, remoteAddress?: string) =>
  ({ ip, socket: { remoteAddress } }) as unknown as Parameters<typeof addressShareOf>[0];

describe('the address of a client', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('%s is %s', (ip, address) => expect(clientAddressOf(request(ip))).toBe(address));

  it.each(['unknown', '', '192.0.2.1:80', "'; drop table", '1', '::1::', 'x'.repeat(10_000)])(
    'that a proxy passed on unread is that of the proxy: %j',
    (ip) => {
      expect(clientAddressOf(request(ip, '10.0.0.1'))).toBe('10.0.0.1');
      expect(clientAddressOf(request(ip))).toBe('');
    },
  );

  it('counts with the rest of its IPv6 network', () => {
    expect(addressShareOf(request('2001:db8:1:2:3::4'))).toBe('2001:db8:1:2::/64');
    expect(addressShareOf(request('2001:db8:1:2::'))).toBe('2001:db8:1:2::/64');
    expect(addressShareOf(request('2001:db8:1:3::'))).not.toBe('2001:db8:1:2::/64');
    expect(addressShareOf(request('192.0.2.1'))).toBe('192.0.2.1');
  });
});
