import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import {
  type AvroSchema,
  describeDeliveries,
  TENANT_EVENT_CONTRACTS,
  type RecordSchema,
} from '#libs/contracts';
import type { AttemptRequest } from '../core/ports.js';
import { newId, type RecordedEvent } from '#libs/kernel';
import { requestFor, someEvent, subscriptionTo } from '../testing/attempt-request.fixture.js';
import { DeliveryBodies, type DeliveryBody, deliveryHeaders } from './signed-request.js';

const RUNS_MS = 2_000;

const text = fc.string({ unit: 'binary', maxLength: 20 });
const time = fc
  .date({ noInvalidDate: true, min: new Date('1970-01-01'), max: new Date('9999-12-31') })
  .map((date) => date.toISOString());

/** Arbitrary data that the event's schema allows. */
function dataOf(schema: AvroSchema): fc.Arbitrary<unknown> {
  if (Array.isArray(schema)) return fc.oneof(...(schema as AvroSchema[]).map(dataOf));
  if (typeof schema === 'string') return PRIMITIVES[schema] ?? fc.constant(undefined);
  const known = schema as Exclude<AvroSchema, string | readonly AvroSchema[]>;
  if ('fields' in known) return recordOf(known);
  if ('items' in known) return fc.array(dataOf(known.items), { maxLength: 3 });
  if ('values' in known)
    return fc.dictionary(fc.stringMatching(/^[a-z/]{1,9}$/), dataOf(known.values), {
      maxKeys: 3,
      noNullPrototype: true,
    });
  if ('symbols' in known) return fc.constantFrom(...known.symbols);
  return { uuid: fc.uuid(), 'timestamp-millis': time }[known.logicalType ?? ''] ?? dataOf(known.type);
}
const recordOf = ({ fields }: RecordSchema): fc.Arbitrary<unknown> =>
  fc.record(
    Object.fromEntries(
      fields
        .filter(({ name }) => name !== 'metadata')
        .map(({ name, dataName, type }) => [dataName ?? name, dataOf(type)]),
    ),
    { noNullPrototype: true },
  );
const PRIMITIVES: Record<string, fc.Arbitrary<unknown>> = {
  null: fc.constant(null),
  boolean: fc.boolean(),
  int: fc.integer(),
  long: fc.maxSafeInteger(),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }),
  string: text,
};

const anEvent = fc.constantFrom(...TENANT_EVENT_CONTRACTS).chain((contract) =>
  fc.record({ data: recordOf(contract.schema), version: fc.integer({ min: 1 }), offset: fc.nat() }).map(
    ({ data, version, offset }): RecordedEvent => ({
      ...someEvent({ version }),
      type: contract.eventType,
      data: data as object,
      position: { topic: contract.topic, partition: 1, offset },
    }),
  ),
);

const { webhooks, schemas, parameters } = describeDeliveries();
const ajv = new Ajv2020({ strict: true, strictRequired: false });
addFormats.default(ajv);
for (const format of ['int32', 'int64']) ajv.addFormat(format, true);
ajv.addVocabulary(['x-extensible-enum', 'components']);
ajv.addSchema({ $id: 'api:', components: { schemas, parameters } });

interface DescribedWebhook {
  readonly requestBody: {
    readonly content: Readonly<Record<string, { readonly schema: { $ref?: string } }>>;
  };
}
const asFound = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api:#/')) as object;
const checks = new Map<string, ReturnType<typeof ajv.compile>>();

/** Validates a body against the description of its webhook and content type. @returns the errors */
function misfits(webhook: string, contentType: string, body: unknown): unknown {
  const key = `${webhook} ${contentType}`;
  const described = (webhooks[webhook]?.post as unknown as DescribedWebhook | undefined)?.requestBody.content[
    contentType
  ];
  if (!described) return `${key} is not described`;
  const check = checks.get(key) ?? ajv.compile(asFound(described.schema));
  checks.set(key, check);
  return check(body) ? undefined : check.errors;
}

const bodies = new DeliveryBodies({ publicUrl: 'https://orders.example.com' });
const options = { interruptAfterTimeLimit: RUNS_MS, numRuns: 1_000 };

describe('deliveries', () => {
  it.each([
    ['native', 'full'],
    ['native', 'thin'],
    ['cloudevents', 'full'],
    ['cloudevents', 'thin'],
  ] as const)(
    'match the API description, %s and %s, alone and in batches',
    (format, payload) => {
      fc.assert(
        fc.property(fc.array(anEvent, { minLength: 1, maxLength: 3 }), fc.boolean(), (events, batched) => {
          const batch = batched || events.length > 1 ? { maxEvents: 10, maxWaitMs: 0 } : null;
          const request = requestFor(subscriptionTo('https://example.com/', { format, payload, batch }), {
            events: events as unknown as AttemptRequest['events'],
          });
          const { contentType, bytes } = bodies.of(request) as DeliveryBody;
          const kind = batch ? 'batch' : (events[0]?.type ?? '');
          const webhook = payload === 'full' ? kind : batch ? 'thin-batch' : 'thin';
          expect(misfits(webhook, contentType, JSON.parse(bytes.toString()))).toBeUndefined();
        }),
        options,
      );
    },
    10 * RUNS_MS,
  );

  it(
    'have exactly the headers that the API describes',
    () => {
      const described = new Map(
        Object.values(parameters).map((parameter) => {
          const { name, required, schema } = parameter as {
            name: string;
            required: boolean;
            schema: { type: string };
          };
          return [name, { required, type: schema.type, check: ajv.compile(schema) }];
        }),
      );
      fc.assert(
        fc.property(anEvent, fc.boolean(), fc.boolean(), (event, isReplay, isFirst) => {
          const request = requestFor(subscriptionTo('https://example.com/'), {
            events: [event],
            replayId: isReplay ? newId() : null,
            previousEventId: isFirst ? null : newId(),
            watermark: isFirst ? 0 : 17,
          });
          const flat = deliveryHeaders(request, bodies.of(request) as DeliveryBody, Date.now());
          const sent = new Map(
            flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1]] as const] : [])),
          );
          for (const ofHttp of ['content-type', 'user-agent']) sent.delete(ofHttp);
          for (const [name, value] of sent) {
            const header = described.get(name);
            expect([name, header?.check(header.type === 'integer' ? Number(value) : value)]).toEqual([
              name,
              true,
            ]);
          }
          for (const [name, { required }] of described)
            if (required) expect([...sent.keys()]).toContain(name);
          const optional = ['replay', 'previous', 'watermark'].map((name) => sent.has(`orderstream-${name}`));
          expect(optional).toEqual([isReplay, !isFirst, !isFirst]);
        }),
        options,
      );
    },
    10 * RUNS_MS,
  );
});
