import type { INestApplication } from '@nestjs/common';
import { SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { PUBLIC_ROUTE } from '../auth/route-access.js';
import type { Settings } from '../settings/settings.js';
import { describeApi } from './describe-api.js';

const DOCUMENTATION = /^\/(?:docs|openapi\.json)(?:\/|$)/;

/** Serves `/docs` and `/openapi.json`, both public. */
export function serveOpenApi(app: INestApplication, settings: Settings): void {
  const fastify = app.getHttpAdapter().getInstance() as FastifyInstance;
  fastify.addHook('onRoute', (route: RouteOptions) => {
    if (DOCUMENTATION.test(route.url)) route.config = { ...route.config, ...PUBLIC_ROUTE };
  });
  const url = settings.http.publicUrl;
  const document = once(() => describeApi(app, url));
  serveDocument(fastify, '/openapi.json', document);
  SwaggerModule.setup('docs', app, document, {
    raw: false,
    customSiteTitle: 'Orderstream API',
    ...(url && { swaggerOptions: { url: `${url}/openapi.json` } }),
  });
}

/** Serializes the document once, before the first request, because anyone may ask for it at any rate. */
export function serveDocument(fastify: FastifyInstance, path: string, document: () => object): void {
  const json = once(() => JSON.stringify(document()));
  fastify.addHook('onReady', (done) => {
    json();
    done();
  });
  fastify.get(path, (_request, reply) => reply.type('application/json').send(json()));
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}
