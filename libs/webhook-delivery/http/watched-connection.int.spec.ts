import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { watchConnection } from './watched-connection.js';

describe('a watched connection', () => {
  let server: Server;
  let remote: Socket;
  let socket: Socket;

  beforeEach(async () => {
    server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    [remote] = await accepted;
    remote.on('error', () => undefined);
    watchConnection(socket);
  });
  afterEach(() => {
    socket.destroy();
    remote.destroy();
    server.close();
  });

  const answers = async (text: string): Promise<void> => {
    socket.write('a request');
    await once(remote, 'data');
    remote.write(text);
  };

  it('passes on everything received, in small pieces, and nothing once it is closed', async () => {
    const text = `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(50_000)}`;
    const pieces: Buffer[] = [];
    socket.on('readable', () => {
      for (let piece = socket.read(); piece !== null; piece = socket.read()) pieces.push(piece);
    });
    await answers(`HTTP/1.1 100 Continue\r\n\r\n${text}`);
    while (Buffer.concat(pieces).length < text.length) await once(socket, 'readable');
    expect(Buffer.concat(pieces).toString()).toBe(text);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(1_024);
  });

  it('passes on nothing more as soon as its reader closes it', async () => {
    let pieces = 0;
    socket.on('readable', () => {
      while (socket.read() !== null) if (++pieces === 3) socket.destroy();
    });
    await answers('x'.repeat(50_000));
    await once(socket, 'close');
    expect(pieces).toBe(3);
  });

  it('is closed when an answer exceeds the limit', async () => {
    socket.on('readable', () => {
      while (socket.read() !== null);
    });
    const failed = once(socket, 'error') as Promise<[Error]>;
    await answers('x'.repeat(1_000_000));
    expect((await failed)[0].name).toBe('AnswerTooLongError');
  });
});
