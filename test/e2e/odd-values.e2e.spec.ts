import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { isProblemCode, PROBLEMS } from '#libs/platform';
import { oddHeaders, oddJson, oddValuesOf, uriOf } from './odd-values.fixture.js';
import { pointersOf, problemOf } from './commands.fixture.js';
import { type Client, locationOf, someOrder, useSharedSystem } from './system.fixture.js';

interface Schema {
  readonly $ref?: string;
  readonly properties?: Record<string, Schema>;
  readonly anyOf?: readonly Schema[];
  readonly example?: Record<string, unknown>;
}
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
}

const API = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, Schema> };
};
const OPERATIONS = Object.entries(API.paths)
  .flatMap(
    ([path, methods]) =>
      Object.entries(methods)
        .filter(() => path.startsWith('/v1/'))
        .map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
    // Deletions come last, since nothing can be asked about a deleted resource.
  )
  .toSorted((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'));
type Route = (typeof OPERATIONS)[number];

/** Nothing is delivered to it. */
const SUBSCRIPTION = { callbackUrl: 'http://127.0.0.1:9/', eventTypes: ['webhook.test'] };

const resolved = (schema: Schema): Schema =>
  schema.$ref ? (API.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}) : schema;
function bodyOf({ operationId, requestBody }: Route): Schema {
  if (operationId === 'createOrders') return resolved({ $ref: 'CreateOrder' });
  const schema = resolved(requestBody?.content['application/json'].schema ?? {});
  return operationId === 'createWebhookSubscription' ? { ...schema, example: SUBSCRIPTION } : schema;
}
const fieldsOf = (schema: Schema): string[] => [
  ...Object.keys(schema.properties ?? {}),
  ...(schema.anyOf ?? []).flatMap((form) => fieldsOf(resolved(form))),
];
const named = (route: Route, where: string): string[] =>
  (route.parameters ?? []).filter((parameter) => parameter.in === where).map(({ name }) => name);

type Oddity =
  | { readonly in: 'path' | 'query' | 'header' | 'body'; readonly name: string; readonly value: string }
  | { readonly in: 'text'; readonly value: string };

function oddities(route: Route): fc.Arbitrary<Oddity> {
  const within = (
    where: 'path' | 'query' | 'header' | 'body',
    names: readonly string[],
    valuesOf: (name: string) => fc.Arbitrary<string>,
  ) =>
    fc
      .constantFrom(...names)
      .chain((name) => fc.record({ in: fc.constant(where), name: fc.constant(name), value: valuesOf(name) }));
  const fields = fieldsOf(bodyOf(route));
  const [paths, queries, headers] = [named(route, 'path'), named(route, 'query'), named(route, 'header')];
  const ofAll = ['x-request-id', 'traceparent', 'accept', 'prefer', 'content-type'];
  return fc.oneof(
    within('query', ['unknown', '__proto__', 'limit[]'], oddValuesOf),
    within('header', [...headers, ...ofAll], () => oddHeaders),
    ...(paths.length > 0 ? [within('path', paths, oddValuesOf)] : []),
    ...(queries.length > 0 ? [{ weight: 4, arbitrary: within('query', queries, oddValuesOf) }] : []),
    ...(fields.length > 0
      ? [
          { weight: 4, arbitrary: within('body', [...fields, 'unknown', 'constructor'], () => oddJson) },
          fc.record({ in: fc.constant('text' as const), value: oddJson }),
        ]
      : []),
  );
}

interface Sent {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

function requestOf(route: Route, oddity: Oddity, ids: Record<string, string>): Sent {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    oddity.in === 'path' && oddity.name === name ? uriOf(oddity.value) : (ids[name] ?? ''),
  );
  const queries = new Map<string, string>();
  if (named(route, 'query').includes('wait')) queries.set('wait', '0');
  // A valid wait would only make the test wait.
  if (oddity.in === 'query' && !(oddity.name === 'wait' && /^\d+$/.test(oddity.value)))
    queries.set(oddity.name, oddity.value);
  // It needs one of the two.
  if (route.operationId === 'explainWebhookDelivery' && !queries.has('eventId'))
    queries.set('position', queries.get('position') ?? 'orders/0@0');
  const query = [...queries].map(([name, value]) => `${uriOf(name)}=${uriOf(value)}`).join('&');
  const example = bodyOf(route).example;
  const members = new Map(
    Object.entries(example ?? {}).map(([name, value]) => [name, JSON.stringify(value)]),
  );
  if (oddity.in === 'body') members.set(oddity.name, oddity.value);
  const object = `{${[...members].map(([name, json]) => `${JSON.stringify(name)}:${json}`).join()}}`;
  const whole = route.operationId === 'createOrders' ? `[${object}]` : object;
  const body = oddity.in === 'text' ? oddity.value : example && whole;
  return {
    path: query === '' ? path : `${path}?${query}`,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(oddity.in === 'header' && { [oddity.name.toLowerCase()]: oddity.value }),
    },
    body,
  };
}

interface Told {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Not by `fetch`, which mends much of what is odd. A stream of events is left as soon as it begins. */
function send(client: Client, url: string, method: string, { path, headers, body }: Sent): Promise<Told> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { hostname, port, method, path, headers: { authorization: `Bearer ${client.apiKey}`, ...headers } },
      (response) => {
        const [status = 0, type = ''] = [response.statusCode, response.headers['content-type']];
        const chunks: Buffer[] = [];
        const end = () => resolve({ status, type, text: Buffer.concat(chunks).toString() });
        response
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .on('end', end)
          .on('error', reject);
        if (!type.startsWith('text/event-stream')) return;
        end();
        request.destroy();
      },
    );
    request.on('error', reject).end(body);
  });
}

/** Fields that depend on each other, so that a problem may name the other one. */
const TOGETHER = [
  ['eventType', 'eventTypes'],
  ['after', 'from'],
  ['from', 'to'],
  ['ids', 'from', 'to', 'all'],
  ['eventId', 'position'],
];

describe('odd values', () => {
  const { system, client } = useSharedSystem();
  let ids: Record<string, string>;

  beforeAll(async () => {
    const orderId = await client.createOrder();
    const { body } = await client.subscribe(SUBSCRIPTION);
    ids = { orderId, sku: 'tea', subscriptionId: body.subscriptionId, replayId: randomUUID() };
  });

  function check(route: Route, oddity: Oddity, { status, type, text }: Told): void {
    const results = type.includes('json')
      ? ((JSON.parse(text) as { results?: { status: number }[] }).results ?? [])
      : [];
    for (const result of results) expect(result.status).toBeLessThan(500);
    if (status < 400) return expect(status).toBeGreaterThanOrEqual(200);
    expect([status, type]).toEqual([status, expect.stringMatching(/^application\/problem\+json/)]);
    const { code, errors } = JSON.parse(text) as {
      code: string;
      errors?: { pointer: string; detail: string }[];
    };
    if (!isProblemCode(code)) throw new Error(`${code} is no problem code`);
    expect(PROBLEMS[code].status).toBe(status);
    // A position that a query does not come to in time is no fault.
    if (code !== 'position-not-reached') expect(status).toBeLessThan(500);
    if (code !== 'invalid-request' || oddity.in === 'text') return;
    const pointed = (errors ?? []).map(({ pointer }) => pointer.split('/')[1]);
    const group = TOGETHER.find((names) => names.includes(oddity.name)) ?? [];
    // Where a body has several forms, and two fit as badly, it is the whole that is wrong.
    const allowed = [oddity.name, ...group, ...(bodyOf(route).anyOf ? [''] : [])];
    expect([route.operationId, pointed.some((name = '') => allowed.includes(name)), errors]).toEqual([
      route.operationId,
      true,
      errors,
    ]);
  }

  it.each(OPERATIONS.map((route) => [route.operationId, route] as const))(
    'are answered by %s with a problem that names them, if with any',
    async (_, route) => {
      await fc.assert(
        fc.asyncProperty(oddities(route), async (oddity) => {
          const told = await send(client, system.app.url, route.method, requestOf(route, oddity, ids));
          check(route, oddity, told);
        }),
        { numRuns: 60, endOnFailure: true, plugins: [fc.interruptAfterTimeLimit(10_000)] },
      );
    },
  );

  describe('that are right', () => {
    const statusesOf = async (
      times: readonly string[],
      call: (time: string) => Promise<{ status: number }>,
    ) => Promise.all(times.map(async (time) => [time, (await call(time)).status]));
    const all = (times: readonly string[], status: number) => times.map((time) => [time, status]);
    const TIMES = [
      '2026-01-31T12:00:00+18:00',
      '1969-12-31T23:59:59.999Z',
      '0001-01-01T00:00:00Z',
      '9999-12-31T23:59:59.999999999Z',
      '2016-12-31T23:59:60Z',
    ];
    const made = async (more: object = {}): Promise<string> =>
      locationOf(await client.subscribe({ ...SUBSCRIPTION, ...more }));

    it('are times at any offset, and before 1970, wherever a time is taken', async () => {
      const path = await made();
      const get = (prefix: string) => (time: string) => client.get(`${prefix}${uriOf(time)}`);
      const { orderId } = ids;
      for (const [prefix, status] of [
        ['/v1/orders?createdFrom=', 200],
        ['/v1/orders?createdTo=', 200],
        [`${path}/deliveries?from=`, 200],
        [`${path}/deliveries?to=`, 200],
        ['/v1/events?wait=0&from=', 200],
      ] as const)
        expect(await statusesOf(TIMES, get(prefix))).toEqual(all(TIMES, status));
      const stats = (time: string) => client.get(`/v1/stats/orders?to=${uriOf(time)}`);
      expect(await statusesOf(TIMES, stats)).toEqual(all(TIMES, 200));
      const [known] = await statusesOf([TIMES[3]!], get(`/v1/orders/${orderId}?asOf=`));
      expect(known).toEqual([TIMES[3], 200]);
      for (const call of ['redrive', 'skip'])
        expect(
          await statusesOf(TIMES, (from) => client.post(`${path}/dead-letters/${call}`, { from })),
        ).toEqual(all(TIMES, 200));
      for (const time of TIMES) {
        const replay = await client.post(`${path}/replay`, { from: { time } });
        expect([time, replay.status]).toEqual([time, 202]);
      }
    });

    it('are starts of subscriptions, kept in one spelling', async () => {
      const { body } = await client.get(await made({ startFrom: { time: '1969-12-31T12:00:00+18:00' } }));
      expect(body.startFrom).toEqual({ time: '1969-12-30T18:00:00Z' });
    });

    it('are currencies in force, and addresses in any script', async () => {
      const email = 'δοκιμή@παράδειγμα.δοκιμή';
      const order = { ...someOrder(), currency: 'XCG', customer: { id: 'c-1', email } };
      const { status, body } = await client.post('/v1/orders', order);
      expect([status, body.currency, body.customer.email]).toEqual([201, 'XCG', email]);
      const withdrawn = await client.post('/v1/orders', { ...order, currency: 'ANG' });
      expect([withdrawn.status, pointersOf(withdrawn)[0]]).toEqual([400, '/currency']);
    });

    it('are all forms of If-Match: a list, a star, and weak tags, which match nothing', async () => {
      const path = `/v1/orders/${await client.createOrder()}/status`;
      const confirm = (ifMatch: string) =>
        client.patch(path, { status: 'confirmed' }, { 'if-match': ifMatch });
      for (const ifMatch of ['W/"1"', 'W/"1", "2"', '"x"', '"01"']) {
        expect([ifMatch, ...problemOf(await confirm(ifMatch))]).toEqual([ifMatch, 412, 'version-mismatch']);
      }
      expect((await confirm('"1", W/x')).status).toBe(400);
      expect((await confirm('W/"9", "7", "1"')).status).toBe(200);
      const receive = (sku: string) =>
        client.post(`/v1/stock/${sku}/receipts`, { quantity: 1 }, { 'if-match': '*' });
      expect((await receive(randomUUID())).status).toBe(412);
      const sku = randomUUID();
      await client.post(`/v1/stock/${sku}/receipts`, { quantity: 1 });
      expect((await receive(sku)).status).toBe(201);
    });

    it.each([
      { 'content-type': 'application/json', 'content-length': '0' },
      { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      { 'content-type': 'text/plain;charset=UTF-8', 'content-length': '0' },
    ])('are empty bodies where none is needed, of whatever type: %j', async (headers) => {
      const path = await made();
      const call = async (method: string, step: string) => {
        const { status, text } = await send(client, system.app.url, method, {
          path: `${path}${step}`,
          headers,
          body: undefined,
        });
        return status < 400 ? status : [status, JSON.parse(text).errors];
      };
      const steps = ['/pause', '/resume', '/test', '/secret/rotate'];
      const found: unknown[] = [];
      for (const step of steps) found.push(await call('POST', step));
      expect(found).toEqual([200, 200, 202, 200]);
      const missing = [400, [{ pointer: '', detail: 'a body is needed: send JSON' }]];
      expect([await call('PATCH', ''), await call('POST', '/replay')]).toEqual([missing, missing]);
      expect(await call('DELETE', '')).toBe(204);
    });
  });
});
