import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { EVENT_CONTRACTS, type RecordSchema } from '#libs/contracts';
import { RefusedSchemaError, RegistryClient } from '#libs/kafka';
import { makeTestDirectory, testSettings } from '#libs/testing';
import { explainRefusal } from '../schema-check.js';
import { usePrinted } from './printed.fixture.js';
import { schemasCommand } from './schemas.js';

const { url } = testSettings().kafka.registry;
const contract = EVENT_CONTRACTS.find(({ eventType }) => eventType === 'order.confirmed');
if (!contract) throw new Error('order.confirmed is gone');

/** Another version of the event, which is not readable in place of it. */
const breaking = (schema: RecordSchema): RecordSchema => ({
  ...schema,
  fields: [...schema.fields, { name: 'warehouse', type: 'string', doc: 'Where from.' }],
});

describe('orderstream schemas', () => {
  const printed = usePrinted({ SCHEMA_REGISTRY_URL: url });
  let folder: string;
  /** An event of a topic that is this case's own, in a registry that all tests share. */
  let schema: RecordSchema;
  let subject: string;
  let path: string;

  beforeEach(async () => {
    folder = await makeTestDirectory('schemas');
    const topic = `t${randomUUID().replaceAll('-', '')}`;
    schema = { ...contract.schema, namespace: `orderstream.${topic}` };
    path = `${topic}/OrderConfirmed.avsc`;
    subject = `${topic}-orderstream.${topic}.OrderConfirmed`;
    save(path, schema);
    save(`released/${subject}/1.avsc`, schema);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function save(file: string, content: RecordSchema): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `${JSON.stringify(content, null, 2)}\n`);
  }

  const register = (content: RecordSchema, compatibility = COMPATIBILITY.FULL_TRANSITIVE) =>
    new SchemaRegistry({ host: url }).register(
      { type: SchemaType.AVRO, schema: JSON.stringify(content) },
      { subject, compatibility },
    );

  async function check(...options: string[]): Promise<{ out: string; code: unknown }> {
    printed.out = '';
    process.exitCode = undefined;
    await schemasCommand().parseAsync(['check', '--schemas', folder, ...options], { from: 'user' });
    return { out: printed.out, code: process.exitCode };
  }

  it('checks schemas that agree with every release and with the registry', async () => {
    await register(schema);
    expect(await check()).toEqual({
      out: '1 events agree with 1 released schemas; the registry has them\n',
      code: undefined,
    });
  });

  it('explains a break and how to fix it, without a registry too', async () => {
    save(path, breaking(schema));
    process.env.SCHEMA_REGISTRY_URL = 'http://127.0.0.1:1029';
    const { out, code } = await check('--no-registry');
    expect(code).toBe(2);
    expect(out).toContain(
      `${path}, field warehouse: was added without a default (compared with released version 1).\n` +
        '  Why it matters: Old events lack it, and without a default there is nothing to put in its place: ' +
        "today's code could read none of them.\n" +
        '  To fix it: Give it a default. If nothing is known of old events: {"type":["null","string"],"default":null}.\n',
    );
    expect(out).toContain('2 problems; schemas/README.md has the rules\n');
  });

  it('refuses a folder without schemas', async () => {
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    await expect(check('--no-registry')).rejects.toThrow(`there are no schemas in ${folder}`);
  });

  it('says what the registry lacks, which a deployment adds', async () => {
    const { out, code } = await check();
    expect(code).toBe(2);
    expect(out).toContain(`${path}: the registry does not know ${subject}.`);
    expect(out).toContain('To fix it: Run "orderstream schemas register"');
    expect(await check('--before-deploy')).toEqual({
      out: '1 events agree with 1 released schemas; 1 are to be registered\n',
      code: undefined,
    });

    const newer = { ...schema, doc: 'Another text.' };
    await register(newer);
    save(path, newer);
    save(`released/${subject}/2.avsc`, newer);
    const older = { ...schema, doc: 'A third text.' };
    save(path, older);
    save(`released/${subject}/3.avsc`, older);
    expect((await check()).out).toContain(
      `the registry does not have its present schema among the versions of ${subject}`,
    );
  });

  it('says that the registry would accept what breaks readers, and what somebody else has registered', async () => {
    await register(schema);
    await new RegistryClient({ url }).setCompatibility(subject, 'NONE');
    const loose = await check('--before-deploy');
    expect(loose.code).toBe(2);
    expect(loose.out).toContain(
      `has the compatibility level NONE for ${subject}, in place of FULL_TRANSITIVE`,
    );

    await register(breaking(schema), COMPATIBILITY.NONE);
    const { out } = await check();
    expect(out).toContain(`the registry has another schema as version 2 of ${subject}`);
    expect(out).toContain(
      `${path}, field warehouse: was removed, and had no default (compared with registered version 2).`,
    );
  });
});

describe('a registration that the registry refuses', () => {
  it('is explained by the version that it contradicts', async () => {
    const server = createServer((request, response) => {
      const at = request.url ?? '';
      const answer = at.endsWith('/versions')
        ? [1]
        : { id: 1, schema: JSON.stringify(breaking(contract.schema)), compatibilityLevel: 'FULL_TRANSITIVE' };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const refused = new RefusedSchemaError(contract.subject, new Error('Incompatible artifact'));
    const settings = testSettings({ SCHEMA_REGISTRY_URL: address });
    try {
      await expect(explainRefusal(refused, settings)).rejects.toThrow(
        /^schema orders-orderstream\.orders\.OrderConfirmed was not registered: Incompatible artifact\n.*version 1[^]*field warehouse: was removed, and had no default/,
      );
    } finally {
      server.close();
      server.closeAllConnections();
    }
    // A registry that does not answer cannot explain its refusal.
    const away = testSettings({ SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1029' });
    await expect(explainRefusal(refused, away)).rejects.toBe(refused);
  });
});
