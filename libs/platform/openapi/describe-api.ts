import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { z } from 'zod';
import { describeDeliveries } from '#libs/contracts';
import { firstRepeated } from '#libs/kernel';
import { TENANT_HEADER, tenantHeaderParameter } from '../auth/acting-operator.js';
import { PERSONAL_DATA_HEADER, personalDataParameter } from '../personal-data/personal-data.js';
import { problemSchema } from './route-descriptions.js';
import { operationsOf, withCommonAnswers } from './common-answers.js';
import { JsonSchemas } from './json-schemas.js';

const TENANT_HEADER_REF = `#/components/parameters/${TENANT_HEADER}`;
const SUBSCRIPTIONS = '/v1/webhook-subscriptions';

/** @param publicUrl where clients reach the API; by default, the host that served the document */
export function describeApi(app: INestApplication, publicUrl = '/'): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Orderstream')
    .setDescription(
      'Orders with Kafka as the event store, and webhooks that arrive in order. ' +
        'Bodies may be sent with `Content-Encoding: gzip`.',
    )
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addServer(publicUrl)
    .addSecurity('bearer', {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'API key or JWT',
      description:
        'An API key, or a JWT access token of the configured issuer. Each operation lists the scope that is needed. Without ' +
        'this header, the cookie of a session counts, with the scopes of the session.',
    })
    .addSecurity('session', {
      type: 'apiKey',
      in: 'cookie',
      name: 'orderstream_session',
      description:
        'The cookie that a log-in sets; where `PUBLIC_URL` is https, its name begins with `__Host-`. Every request but `GET` ' +
        'and `HEAD` then needs the `csrfToken` of the session in the header `X-CSRF-Token`.',
    });

  const schemas = new JsonSchemas();
  const document = SwaggerModule.createDocument(app, builder.build(), {
    standardSchemaConverter: (schema, { schemaType }) => schemas.describe(schema as z.ZodType, schemaType),
  });
  withoutRepeatedIds(document);
  withoutEmptySecurity(document);
  withCommaLists(document);
  withOptionalBodies(document, schemas);
  withTenantHeader(document);
  withPersonalDataHeader(document);
  document.components ??= {};
  const { components } = schemas.describe(problemSchema, 'output');
  Object.assign((document.components.schemas ??= {}), components);
  withCommonAnswers(document);
  return SUBSCRIPTIONS in document.paths ? withDeliveries(document) : document;
}

/** @throws if two operations have one id, which generated clients make methods of */
function withoutRepeatedIds(document: OpenAPIObject): void {
  const ids = [...operationsOf(document)].map(({ operation }) => operation.operationId);
  const twice = firstRepeated(ids);
  if (twice) throw new Error(`two operations have the id ${twice}`);
}

/** OpenAPI marks a public operation by an empty list, which Nest would drop. */
function withoutEmptySecurity(document: OpenAPIObject): void {
  for (const { operation } of operationsOf(document)) {
    if (operation.security?.every((requirement) => Object.keys(requirement).length === 0))
      operation.security = [];
  }
}

function withCommaLists(document: OpenAPIObject): void {
  for (const { operation } of operationsOf(document)) {
    for (const parameter of operation.parameters ?? []) {
      if (!('schema' in parameter) || parameter.in !== 'query') continue;
      const { schema } = parameter;
      if (schema && 'type' in schema && schema.type === 'array')
        Object.assign(parameter, { style: 'form', explode: false });
    }
  }
}

/** Operators may name a tenant wherever a tenant's own keys may be used. */
function withTenantHeader(document: OpenAPIObject): void {
  for (const { operation } of operationsOf(document)) {
    const scopes = operation.security?.flatMap((requirement) => Object.values(requirement).flat()) ?? [];
    if (scopes.length === 0 || scopes.includes('operator')) continue;
    operation.parameters = [...(operation.parameters ?? []), { $ref: TENANT_HEADER_REF }];
  }
  document.components ??= {};
  (document.components.parameters ??= {})[TENANT_HEADER] = tenantHeaderParameter;
}

/** Sessions may ask for personal data wherever a scope lets them in and no act has its own name. */
function withPersonalDataHeader(document: OpenAPIObject): void {
  for (const { operation } of operationsOf(document)) {
    const scopes = operation.security?.flatMap((requirement) => Object.values(requirement).flat()) ?? [];
    if (scopes.length === 0 || 'x-audited' in operation) continue;
    operation.parameters = [
      ...(operation.parameters ?? []),
      { $ref: `#/components/parameters/${PERSONAL_DATA_HEADER}` },
    ];
  }
  document.components ??= {};
  (document.components.parameters ??= {})[PERSONAL_DATA_HEADER] = personalDataParameter;
}

function withOptionalBodies(document: OpenAPIObject, schemas: JsonSchemas): void {
  for (const { operation } of operationsOf(document)) {
    const { requestBody } = operation;
    if (!requestBody || !('content' in requestBody)) continue;
    const schema = requestBody.content['application/json']?.schema;
    const name = schema && '$ref' in schema ? schema.$ref.split('/').at(-1) : undefined;
    if (name !== undefined && schemas.isOptional(name)) requestBody.required = false;
  }
}

/** Describes the deliveries to subscribers as OpenAPI webhooks. */
function withDeliveries(document: OpenAPIObject): OpenAPIObject {
  const { webhooks, schemas, parameters } = describeDeliveries();
  const components = document.components ?? {};
  const taken = Object.keys(schemas).find((name) => name in (components.schemas ?? {}));
  if (taken !== undefined) throw new Error(`two different schemas are called ${taken}`);
  return {
    ...document,
    webhooks: webhooks as unknown as NonNullable<OpenAPIObject['webhooks']>,
    components: {
      ...components,
      schemas: { ...components.schemas, ...schemas },
      parameters: { ...components.parameters, ...parameters } as unknown as NonNullable<
        typeof components.parameters
      >,
    },
  };
}
