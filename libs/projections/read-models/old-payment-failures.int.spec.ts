import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import avro, { type Schema } from 'avsc';
import { contractOfEvent } from '#libs/contracts';
import { schemaFolder } from '#libs/kafka';
import { newId } from '#libs/kernel';
import { someMetadata } from '#libs/orders/testing';
import { causeOfWords } from '#libs/payments';
import { openLog, testSettings, useDatabase } from '#libs/testing';
import { PartitionProjection } from '../core/runtime/partition-projection.js';
import { PostgresProjectionBuilds } from '../postgres/projection-builds.js';
import { PostgresProjectionStore } from '../postgres/projection.store.js';
import { READ_MODELS } from './read-models.js';

const REASONS = [
  'The card was declined.',
  'Your card has insufficient funds.',
  'Your card was declined. This transaction requires authentication.',
  'The order was voided.',
  'Sorry.',
];

/** Written by plain Avro with the schema that was released before there were causes, as by the code of that time. */
async function asWrittenBefore(data: object, metadata: { readonly occurredAt: string }): Promise<Buffer> {
  const subject = contractOfEvent('payment.failed')?.subject ?? '';
  const schema = readFileSync(join(schemaFolder(), 'released', subject, '1.avsc'), 'utf8');
  const registry = new SchemaRegistry({ host: testSettings().kafka.registry.url });
  const { id } = await registry.register(
    { type: SchemaType.AVRO, schema },
    { subject, compatibility: COMPATIBILITY.FULL_TRANSITIVE },
  );
  const record = { ...data, metadata: { ...metadata, occurredAt: Date.parse(metadata.occurredAt) } };
  const type = avro.Type.forSchema(JSON.parse(schema) as Schema);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  return Buffer.concat([header, type.toBuffer(record)]);
}

const { prisma } = await useDatabase();

it('payments that failed before there were causes are rebuilt as those that failed since', async () => {
  const opened = await openLog(1);
  const { log, codec, topic } = opened;
  const appender = log.appender(topic, 0);
  await appender.claim();
  const expected = new Map<string, object>();
  for (const reason of REASONS)
    for (const isOld of [true, false]) {
      const orderId = newId();
      const data = { orderId, customerId: 'c-1', currency: 'EUR', total: 900, gateway: 'stripe', reason };
      const metadata = someMetadata({ streamId: orderId, version: 1 });
      const cause = causeOfWords(reason);
      const encoded = codec.encode({ type: 'payment.failed', data: { ...data, cause }, metadata });
      const value = isOld ? await asWrittenBefore(data, metadata) : encoded.value;
      await appender.append([{ ...encoded, value }]);
      expected.set(orderId, { status: 'failed', reason, cause });
    }
  await appender.close();

  const payments = READ_MODELS.find(({ name }) => name === 'payments');
  if (!payments) throw new Error('there is no read model payments');
  const projection = { ...payments, topics: [topic] };
  const { build } = await new PostgresProjectionBuilds(prisma).live(projection);
  const parts = { projection, store: new PostgresProjectionStore(prisma), log, fetchBytes: 2_000 };
  const way = new PartitionProjection(parts, { projection: payments.name, build, topic, partition: 0 });
  await way.open();
  await way.catchUp(2 * REASONS.length + 1);
  await opened.close();

  const { rows } = await prisma.pool.query<{ order_id: string; state: object }>(
    'select order_id, state from payment',
  );
  expect(rows).toHaveLength(2 * REASONS.length);
  for (const { order_id: orderId, state } of rows) expect(state).toMatchObject(expected.get(orderId) ?? {});
});
