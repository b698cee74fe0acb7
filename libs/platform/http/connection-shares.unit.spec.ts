import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { ConnectionShares } from './connection-shares.js';
import { Handshakes } from './https-server.js';

class FakeSocket extends EventEmitter {
  destroyed = false;
  /** As a real one, which emits `close` only after the connections that arrived together. */
  destroy(): void {
    this.destroyed = true;
  }
}

describe('shares of connections', () => {
  let server: EventEmitter;
  let shares: ConnectionShares;
  beforeEach(() => {
    server = new EventEmitter();
    shares = new ConnectionShares(3, new Handshakes());
    shares.watch(server as Server);
  });
  const connect = (): FakeSocket => {
    const socket = new FakeSocket();
    server.emit('connection', socket);
    return socket;
  };
  const trust = (socket: FakeSocket, group: string) => shares.assign(socket as unknown as Socket, group);
  const open = (sockets: readonly FakeSocket[]) => sockets.map(({ destroyed }) => !destroyed);

  it('close the stranger that has been quiet for longest', () => {
    const sockets = Array.from({ length: 5 }, connect);
    expect(open(sockets)).toEqual([false, false, true, true, true]);
  });

  it('keep strangers from the places of those who are known, and tenants from those of each other', () => {
    const known = ['a', 'a', 'a', 'b'].map((tenant) => {
      const socket = connect();
      trust(socket, tenant);
      return socket;
    });
    for (let n = 0; n < 10; n++) connect();
    expect(open(known)).toEqual([true, true, true, true]);
    const more = connect();
    trust(more, 'a');
    expect(open([...known, more])).toEqual([false, true, true, true, true]);
  });

  it('come free when connections end', () => {
    const first = connect();
    first.emit('close');
    const sockets = Array.from({ length: 3 }, connect);
    expect(open(sockets)).toEqual([true, true, true]);
  });
});
