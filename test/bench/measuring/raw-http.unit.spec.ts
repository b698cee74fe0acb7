import { type HttpMessage, MessageReader } from './raw-http.js';

const MESSAGES = [
  'HTTP/1.1 204 No Content\r\ndate: now\r\n\r\n',
  'HTTP/1.1 201 Created\r\nContent-Length: 7\r\n\r\n{"a":1}',
  'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n\r\n\r\nä',
];

function read(chunks: readonly Buffer[]): HttpMessage[] {
  const messages: HttpMessage[] = [];
  const reader = new MessageReader((message) => messages.push(message));
  for (const chunk of chunks) reader.take(chunk);
  return messages;
}

describe('messages on a bare socket', () => {
  const bytes = Buffer.from(MESSAGES.join(''));

  it('are the same wherever their bytes are cut', () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const messages = read([bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(messages.map(({ body }) => body)).toEqual(['', '{"a":1}', '\r\n\r\nä']);
    }
    expect(read([...bytes].map((byte) => Buffer.of(byte)))).toEqual(read([bytes]));
  });

  it('must tell the length of their body', () => {
    const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
    expect(() => read([Buffer.from(chunked)])).toThrow('content-length');
  });
});
