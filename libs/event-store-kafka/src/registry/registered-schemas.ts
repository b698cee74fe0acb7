import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { EVENT_CONTRACTS, type EventContract, type SchemaRegistryPort } from '#libs/contracts';
import { lookUpSchema, setCompatibility } from './schema-lookup.js';

const connect = (url: string): SchemaRegistry =>
  new SchemaRegistry({
    host: url,
    retry: { maxRetryTimeInSecs: 1, initialRetryTimeInSecs: 0.1, retries: 2 },
  });

const asConfluent = ({ schema }: EventContract) => ({
  type: SchemaType.AVRO as const,
  schema: JSON.stringify(schema),
});

/**
 * Schemas by the registry's word alone, asked once: for tools and tests on topics that nothing was written down of. An
 * app goes by `LogSchemas`.
 */
export class RegisteredSchemas implements SchemaRegistryPort {
  private constructor(
    private readonly url: string,
    private readonly ids: ReadonlyMap<string, number>,
  ) {}

  /** @throws when the registry does not answer, or a schema of this code is not registered (`orderstream deploy`). */
  static async load(url: string): Promise<RegisteredSchemas> {
    const registry = connect(url);
    const ids = await Promise.all(
      EVENT_CONTRACTS.map(async (contract) => {
        try {
          return [
            contract.subject,
            await registry.getRegistryIdBySchema(contract.subject, asConfluent(contract)),
          ] as const;
        } catch (error) {
          throw new Error(`${contract.subject}: ${(error as Error).message}`, { cause: error });
        }
      }),
    );
    return new RegisteredSchemas(url, new Map(ids));
  }

  idOf(subject: string): number | undefined {
    return this.ids.get(subject);
  }

  /** Schemas of other versions, as they were registered. */
  schemaOf(id: number): Promise<object | undefined> {
    return lookUpSchema(this.url, id);
  }
}

/**
 * Registers every schema of this code under FULL_TRANSITIVE: the registry refuses one that any version, older or
 * newer, could not be read with. A step of the deployment, not of an app.
 */
export async function registerSchemas(url: string): Promise<{ subject: string; id: number }[]> {
  const registry = connect(url);
  const registered: { subject: string; id: number }[] = [];
  // One after the other: a refusal then names its schema, and nothing after it is touched.
  for (const contract of EVENT_CONTRACTS) {
    const { subject } = contract;
    try {
      // A deployment that was interrupted, or an answer that was lost, may have left a subject without it.
      await setCompatibility(url, subject, COMPATIBILITY.FULL_TRANSITIVE);
      const { id } = await registry.register(asConfluent(contract), {
        subject,
        compatibility: COMPATIBILITY.FULL_TRANSITIVE,
      });
      registered.push({ subject, id });
    } catch (error) {
      throw new Error(`schema ${subject} was not registered: ${(error as Error).message}`, { cause: error });
    }
  }
  return registered;
}
