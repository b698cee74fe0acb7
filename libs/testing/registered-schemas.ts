import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { EVENT_CONTRACTS, type SchemaRegistryPort } from '#libs/contracts';
import { type RegistryAddress, RegistryClient } from '#libs/kafka';

/**
 * Resolves schemas from the registry alone, once, for topics without a manifest.
 * @throws if the registry does not answer, or a schema of this code is not registered (`orderstream deploy`)
 */
export async function registeredSchemas(address: RegistryAddress): Promise<SchemaRegistryPort> {
  const client = new RegistryClient(address);
  const registry = new SchemaRegistry({
    host: address.url,
    retry: { maxRetryTimeInSecs: 1, initialRetryTimeInSecs: 0.1, retries: 2 },
  });
  const idOf = async (subject: string, schema: object): Promise<readonly [string, number]> => {
    try {
      const text = JSON.stringify(schema);
      const id = await registry.getRegistryIdBySchema(subject, { type: SchemaType.AVRO, schema: text });
      return [subject, id];
    } catch (error) {
      throw new Error(`${subject}: ${(error as Error).message}`, { cause: error });
    }
  };
  const ids = new Map(await Promise.all(EVENT_CONTRACTS.map(({ subject, schema }) => idOf(subject, schema))));
  return { idOf: (subject) => ids.get(subject), schemaOf: (id) => client.schema(id) };
}
