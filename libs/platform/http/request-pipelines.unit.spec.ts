import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { RequestPipelines } from './request-pipelines.js';

const requests = (count: number): string =>
  Array.from({ length: count }, (_, index) => `GET /${index} HTTP/1.1\r\nHost: a\r\n\r\n`).join('');

describe('requests that come on one connection without waiting for answers', () => {
  let server: Server;
  let begun: number;
  let underWay: number;
  let mostUnderWay: number;

  beforeEach(async () => {
    begun = underWay = mostUnderWay = 0;
    server = createServer((request, response) => {
      begun++;
      mostUnderWay = Math.max(mostUnderWay, ++underWay);
      response.once('close', () => underWay--);
      setImmediate(() => response.end(`[${request.url}]`));
    });
    new RequestPipelines().install(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function send(text: string, isOver: (answers: string) => boolean): Promise<string> {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    let answers = '';
    await new Promise<void>((resolve) => {
      socket.on('error', () => resolve()).on('close', () => resolve());
      socket.on('data', (bytes) => {
        answers += String(bytes);
        if (isOver(answers)) resolve();
      });
      socket.write(text);
    });
    socket.destroy();
    return answers;
  }

  it('are answered in order, one at a time', async () => {
    const answers = await send(requests(50), (text) => text.includes('[/49]'));
    const order = [...answers.matchAll(/\[\/(\d+)\]/g)].map(([, number]) => Number(number));
    expect(order).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(mostUnderWay).toBe(1);
  });

  it('are not begun when they are too many: the connection is closed', async () => {
    await send(requests(2_000), () => false);
    expect(begun).toBeLessThan(10);
  });

  it('leave the connection as it was for requests that come later', async () => {
    for (let n = 0; n < 3; n++)
      expect(await send(requests(2), (text) => text.includes('[/1]'))).toContain('[/0]');
    expect(begun).toBe(6);
  });

  it('are not begun, and hold nothing, once their connection has ended', async () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    server.once('request', () => socket.destroy());
    socket.write(requests(20));
    await new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(begun).toBeLessThan(20);
    expect(underWay).toBe(0);
  });
});
