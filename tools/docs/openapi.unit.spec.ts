import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { TENANT_EVENT_TYPES } from '#libs/contracts';

type Json = Record<string, unknown>;
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Json;
}
interface Operation {
  readonly operationId: string;
  readonly security?: readonly Json[];
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Record<string, { readonly schema: Json }>;
  };
  readonly responses: Record<string, Json>;
  readonly 'x-audited'?: string;
}
interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly webhooks: Record<string, { readonly post: Operation }>;
  readonly components: Record<string, Record<string, Json>>;
}

/** The committed document of the whole API. */
const path = new URL('../../docs/openapi.json', import.meta.url);
const document = JSON.parse(readFileSync(path, 'utf8')) as Document;

const operations = Object.entries(document.paths).flatMap(([route, item]) =>
  Object.entries(item).map(([method, operation]) => ({ route, method, operation })),
);
const receivers = Object.values(document.webhooks).map(({ post }) => post);

const resolved = (value: Json): Json =>
  typeof value['$ref'] === 'string' ? resolved(at(value['$ref'])) : value;
const at = (ref: string): Json =>
  ref
    .slice(2)
    .split('/')
    .reduce((node: Json, name) => node[name] as Json, document as unknown as Json);

/** Yields every object in a value for which `chosen` is true, with its path. Follows each reference once. */
function* found(
  value: unknown,
  chosen: (node: Json) => boolean,
  where = '',
  seen = new Set(),
): Generator<[string, Json]> {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  const node = value as Json;
  if (chosen(node)) yield [where, node];
  if (typeof node['$ref'] === 'string') yield* found(at(node['$ref']), chosen, node['$ref'], seen);
  for (const [name, child] of Object.entries(node)) {
    if (name !== 'example') yield* found(child, chosen, `${where}/${name}`, seen);
  }
}
const placesOf = (value: unknown, chosen: (node: Json) => boolean): string[] =>
  [...found(value, chosen)].map(([where]) => where);

const answers = [
  operations.map(({ operation }) => operation.responses),
  receivers.map(({ requestBody }) => requestBody),
];
const requests = operations.map(({ operation: { requestBody, parameters } }) => ({
  requestBody,
  parameters,
}));

const OF_EVERY_OPERATION = [400, 405, 408, 414, 417, 431, 500, 501, 503, 505];

/** The methods of generated clients, which must not disappear or be renamed. */
const OPERATION_IDS = `
  live ready createOrder createOrders changeOrderStatus getOrder listOrders listOrderEvents
  getOrderStatistics receiveStock adjustStock setStockThreshold getStockItem listStock pollEvents streamEvents
  createWebhookSubscription getWebhookSubscription listWebhookSubscriptions
  updateWebhookSubscription deleteWebhookSubscription pauseWebhookSubscription
  resumeWebhookSubscription testWebhookSubscription getWebhookSubscriptionSecret
  rotateWebhookSubscriptionSecret replayWebhookSubscription listWebhookReplays getWebhookReplay
  cancelWebhookReplay listWebhookDeliveries listWebhookDeadLetters redriveWebhookDeadLetters
  skipWebhookDeadLetters listWebhookCursors receiveOrderCreated receiveStockReceived
  receiveWebhookTest receiveEventBatch listActs getAct logIn getSession logOut getLogInOptions
  logInWithDevelopmentKey createPortalLink openPortal beginOidcLogIn finishOidcLogIn
  getOverview streamOverview listDeadLetters groupDeadLetters redriveDeadLetters skipDeadLetters
  listProcessesOfAll listPaymentsInReview listNotificationsOfAll listProjections retryProjection skipProjectedEvent
  rebuildProjection cancelProjectionRebuild verifyProjection getProjectionVerification
`
  .trim()
  .split(/\s+/);

/** Every operation that is an administrative act, whoever it is of. A new one is audited, and gets its line here. */
const ADMINISTRATIVE: Readonly<Record<string, string>> = {
  'webhook-secret.shown': 'getWebhookSubscriptionSecret',
  'webhook-secret.rotated': 'rotateWebhookSubscriptionSecret',
  'dead-letters.redriven': 'redriveDeadLetters redriveWebhookDeadLetters',
  'dead-letters.skipped': 'skipDeadLetters skipWebhookDeadLetters',
  'replay.created': 'replayWebhookSubscription resendWebhookDelivery',
  'replay.cancelled': 'cancelWebhookReplay',
  'payment.reviewed': 'reviewPayment',
  'payment.refunded': 'refundPayment',
  'process.retried': 'retryProcess',
  'process.cancelled': 'cancelProcess',
  'session.ended': 'logOut',
  'portal-link.created': 'createPortalLink',
  'projection.retried': 'retryProjection',
  'projection.skipped': 'skipProjectedEvent',
  'read-model.rebuilt': 'rebuildProjection',
};

const namesScope = ({ bearer }: Json): boolean => Array.isArray(bearer) && bearer.length > 0;
const isOfTenants = (requirement: Json): boolean =>
  namesScope(requirement) && !(requirement['bearer'] as string[]).includes('operator');

const HEADERS_AND_TOKENS = `
  Idempotency-Key If-Match Orderstream-Position Prefer Last-Event-ID pageToken after webhook-id
  webhook-timestamp webhook-signature x-event-type orderstream-position orderstream-previous orderstream-watermark
  orderstream-attempt orderstream-replay traceparent Stripe-Signature Orderstream-Tenant
  Orderstream-Personal-Data
`
  .trim()
  .split(/\s+/);

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(document as unknown as Record<string, unknown>)).toMatchObject({
      valid: true,
    });
    expect(validator.version).toBe('3.1');
  });

  function validators() {
    const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
    addFormats.default(ajv);
    for (const format of ['int32', 'int64', 'double', 'float', 'idn-email']) ajv.addFormat(format, true);
    ajv.addVocabulary(['example', 'x-extensible-enum', 'components']);
    ajv.addSchema({ $id: 'api:', components: { schemas: document.components['schemas'] } });
    return (name: string) => ajv.getSchema(`api:#/components/schemas/${name}`);
  }

  it('has schemas that pass strict validation', () => {
    const validatorOf = validators();
    for (const name of Object.keys(document.components['schemas'] ?? {}))
      expect(() => validatorOf(name)).not.toThrow();
  });

  it('asks a POST for a body only where an empty one would not do, and every change for one', () => {
    const validatorOf = validators();
    const optional = operations.flatMap(({ method, operation: { operationId, requestBody } }) => {
      const ref = requestBody?.content['application/json']?.schema['$ref'];
      if (typeof ref !== 'string') return [];
      const mayBeEmpty = method === 'post' && validatorOf(ref.split('/').at(-1) ?? '')?.({}) === true;
      expect([operationId, requestBody?.required]).toEqual([operationId, !mayBeEmpty]);
      return mayBeEmpty ? [operationId] : [];
    });
    expect(optional).toEqual(
      expect.arrayContaining([
        'checkOutCart',
        'refundPayment',
        'cancelProcess',
        'rotateWebhookSubscriptionSecret',
      ]),
    );
  });

  it('has a unique id for each operation, and keeps all earlier ids', () => {
    const names = [...operations.map(({ operation }) => operation), ...receivers].map(
      ({ operationId }) => operationId,
    );
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(OPERATION_IDS));
  });

  it.each(
    operations.map(
      ({ route, method, operation }) => [`${method} ${route}`, method, route, operation] as const,
    ),
  )('describes the possible errors: %s', (_, method, route, { responses, security }) => {
    const expected = [
      ...OF_EVERY_OPERATION,
      ...(security?.some(namesScope) ? [401, 403, 429] : []),
      ...(route.includes('{') ? [404] : []),
      ...(method === 'get' ? [] : [413, 415]),
    ];
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(expected.map(String)));
    for (const [status, response] of Object.entries(responses)) {
      const { content, description } = resolved(response);
      expect(description).not.toBe('');
      if (Number(status) >= 400) expect(content).toHaveProperty(['application/problem+json']);
    }
    const retried = ['429', '503'].filter((status) => status in responses);
    for (const status of retried)
      expect(resolved(responses[status] ?? {})).toHaveProperty('headers.Retry-After');
  });

  it('requires a scope everywhere except for health, sessions, and where Stripe signs', () => {
    const open = operations.filter(({ operation }) => !operation.security?.some(namesScope));
    expect(open.map(({ route, operation }) => [route, operation.security])).toEqual([
      ['/health/live', []],
      ['/health/started', []],
      ['/health/ready', expect.arrayContaining([{}, { bearer: [] }])],
      ['/v1/payment-gateways/stripe/webhook', []],
      ['/v1/session/oidc', []],
      ['/v1/session/oidc/callback', []],
      ['/v1/session/portal', []],
      ['/v1/session', []],
      ['/v1/session', [{ session: [] }]],
      ['/v1/session', [{ session: [] }]],
      ['/v1/session/options', []],
      ['/v1/session/development-key', []],
    ]);
  });

  it('names the acts that are recorded, and lets operators name a tenant wherever a tenant may call', () => {
    const audited = new Map<string, string[]>();
    for (const { operation } of operations) {
      const act = operation['x-audited'];
      if (act !== undefined) audited.set(act, [...(audited.get(act) ?? []), operation.operationId]);
    }
    const named = [...audited].map(([act, ids]) => [act, ids.toSorted().join(' ')]);
    expect(Object.fromEntries(named)).toEqual(ADMINISTRATIVE);
    const names = (operation: Operation) =>
      (operation.parameters ?? []).map(
        (parameter) => '$ref' in parameter && parameter.$ref.split('/').at(-1),
      );
    for (const { route, operation } of operations) {
      const isTenants = operation.security?.some(isOfTenants) ?? false;
      expect([route, names(operation).includes('Orderstream-Tenant')]).toEqual([route, isTenants]);
    }
  });

  it('states the size of each integer', () => {
    const isVague = ({ type, format }: Json) =>
      type === 'integer' && format !== 'int32' && format !== 'int64';
    expect(placesOf(document, isVague)).toEqual([]);
    expect(document.components['schemas']?.['Order']).toMatchObject({
      properties: { total: { format: 'int64' } },
    });
  });

  it('allows unknown fields in answers and deliveries, but not in requests', () => {
    expect(placesOf(answers, ({ additionalProperties }) => additionalProperties === false)).toEqual([]);
    const isOpen = ({ type, properties, additionalProperties }: Json) =>
      type === 'object' && properties !== undefined && additionalProperties !== false;
    expect(placesOf(requests, isOpen)).toEqual([]);
  });

  it('keeps enums in answers open, so that a new value breaks no client', () => {
    const isClosed = ({ enum: values }: Json) => Array.isArray(values) && values.length > 1;
    expect(placesOf(answers, isClosed)).toEqual([]);
  });

  it('states the form of each header, token and cursor', () => {
    const parameters = [...operations.map(({ operation }) => operation), ...receivers].flatMap((operation) =>
      (operation.parameters ?? []).map(
        (parameter) => resolved(parameter as unknown as Json) as unknown as Parameter,
      ),
    );
    const opaque = parameters.filter(
      ({ name, in: place }) => place === 'header' || ['pageToken', 'after'].includes(name),
    );
    const known = ({ schema }: { readonly schema: Json }) =>
      'pattern' in schema || schema['type'] === 'integer';
    expect(opaque.filter((parameter) => !known(parameter)).map(({ name }) => name)).toEqual([]);
    expect(new Set(opaque.map(({ name }) => name))).toEqual(new Set(HEADERS_AND_TOKENS));
    const headers = operations
      .flatMap(({ operation }) => Object.values(operation.responses))
      .flatMap((response) => Object.entries((resolved(response)['headers'] ?? {}) as Record<string, Json>));
    expect(
      headers.filter(([, header]) => !known(resolved(header) as { schema: Json })).map(([name]) => name),
    ).toEqual([]);
  });

  it('has a discriminator for each choice between schemas', () => {
    const isGuess = (node: Json) => 'oneOf' in node && !('discriminator' in node);
    expect(placesOf(document, isGuess)).toEqual([]);
  });

  it('has a webhook for each event type, for batches and for thin events', () => {
    expect(Object.keys(document.webhooks).toSorted()).toEqual(
      [...TENANT_EVENT_TYPES, 'batch', 'thin', 'thin-batch'].toSorted(),
    );
    for (const { requestBody, security } of receivers) {
      expect(security).toEqual([]);
      expect(Object.keys(requestBody?.content ?? {})).toEqual(
        expect.arrayContaining([
          'application/json',
          expect.stringMatching(/^application\/cloudevents(-batch)?\+json$/),
        ]),
      );
    }
  });
});
