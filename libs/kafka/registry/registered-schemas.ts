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
 * Resolves schemas from the registry alone, once. For tools and tests on topics without a manifest; apps use `LogSchemas`.
 */
export class RegisteredSchemas implements SchemaRegistryPort {
  private constructor(
    private readonly url: string,
    private readonly ids: ReadonlyMap<string, number>,
  ) {}

  /** @throws if the registry does not answer, or a schema of this code is not registered (`orderstream deploy`) */
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

  /** Schemas of other versions, as registered. */
  schemaOf(id: number): Promise<object | undefined> {
    return lookUpSchema(this.url, id);
  }
}

/**
 * Registers every schema of this code under FULL_TRANSITIVE: the registry rejects a schema that is incompatible with any
 * older or newer version. Part of the deployment, not of an app.
 */
export async function registerSchemas(url: string): Promise<{ subject: string; id: number }[]> {
  const registry = connect(url);
  const registered: { subject: string; id: number }[] = [];
  // Sequential, so a rejection names its schema and later ones stay untouched.
  for (const contract of EVENT_CONTRACTS) {
    const { subject } = contract;
    try {
      // An interrupted deployment or a lost response may have left a subject without its compatibility level.
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
