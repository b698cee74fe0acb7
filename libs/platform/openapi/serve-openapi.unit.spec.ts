import Fastify from 'fastify';
import { serveDocument } from './serve-openapi.js';

it('writes a document down once, before anybody asks for it', async () => {
  const fastify = Fastify();
  let written = 0;
  serveDocument(fastify, '/openapi.json', () => ({ toJSON: () => ({ written: ++written }) }));
  await fastify.ready();
  expect(written).toBe(1);
  for (let n = 0; n < 3; n++) {
    const { headers, body } = await fastify.inject('/openapi.json');
    expect(headers['content-type']).toContain('application/json');
    expect(body).toBe('{"written":1}');
  }
  await fastify.close();
});
