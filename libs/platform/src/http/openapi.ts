import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { PUBLIC_ROUTE } from '../auth/caller.js';
import type { Settings } from '../settings/settings.js';

export function describeApi(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Orderstream')
    .setDescription('Orders with Kafka as the event store, and webhooks that arrive in order.')
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addSecurity('bearer', { type: 'http', scheme: 'bearer', description: 'An API key.' })
    .addSecurityRequirements('bearer');
  return withProblemType(SwaggerModule.createDocument(app, builder.build()));
}

/** Nest describes every body as plain JSON; problem documents have a media type of their own. */
function withProblemType(document: OpenAPIObject): OpenAPIObject {
  for (const path of Object.values(document.paths)) {
    for (const operation of [path.get, path.post, path.patch, path.delete]) {
      for (const response of Object.values(operation?.responses ?? {})) {
        const json = response && 'content' in response ? response.content?.['application/json'] : undefined;
        if (json?.schema && '$ref' in json.schema && json.schema.$ref.endsWith('/Problem')) {
          Object.assign(response ?? {}, { content: { 'application/problem+json': json } });
        }
      }
    }
  }
  return document;
}

const DOCUMENTATION = /^\/(?:docs|openapi\.json)(?:\/|$)/;

/** The page at `/docs`, the document at `/openapi.json`: for everybody. */
export function serveOpenApi(app: INestApplication, settings: Settings): void {
  const fastify = app.getHttpAdapter().getInstance() as FastifyInstance;
  fastify.addHook('onRoute', (route: RouteOptions) => {
    if (DOCUMENTATION.test(route.url)) route.config = { ...route.config, ...PUBLIC_ROUTE };
  });
  const url = settings.http.publicUrl;
  const document = once(() => describeApi(app));
  serveDocument(fastify, '/openapi.json', document);
  SwaggerModule.setup('docs', app, document, {
    raw: false,
    customSiteTitle: 'Orderstream API',
    ...(url && { swaggerOptions: { url: `${url}/openapi.json` } }),
  });
}

/** Strangers may ask for it as often as they like: it is written down once, before anybody can. */
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
