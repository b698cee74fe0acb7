import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { EVENT_CONTRACTS } from '#libs/contracts';
import { setCompatibility } from './schema-lookup.js';

/** Another deployment has set the subject's compatibility in the same moment. */
const isRace = ({ message }: Error): boolean => message.includes("'COMPATIBILITY' already exists");

/**
 * Registers every schema of this code under FULL_TRANSITIVE: the registry rejects a schema that is incompatible with any
 * older or newer version. Part of the deployment, not of an app.
 */
export async function registerSchemas(url: string): Promise<{ subject: string; id: number }[]> {
  const registry = new SchemaRegistry({
    host: url,
    retry: { maxRetryTimeInSecs: 1, initialRetryTimeInSecs: 0.1, retries: 2 },
  });
  const registered: { subject: string; id: number }[] = [];
  // Sequential, so a rejection names its schema and later ones stay untouched.
  for (const { subject, schema } of EVENT_CONTRACTS) {
    try {
      // An interrupted deployment or a lost response may have left a subject without its compatibility level.
      await setCompatibility(url, subject, COMPATIBILITY.FULL_TRANSITIVE);
      const register = () =>
        registry.register(
          { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
          { subject, compatibility: COMPATIBILITY.FULL_TRANSITIVE },
        );
      const { id } = await register().catch((error: Error) => {
        if (!isRace(error)) throw error;
        return register();
      });
      registered.push({ subject, id });
    } catch (error) {
      throw new Error(`schema ${subject} was not registered: ${(error as Error).message}`, { cause: error });
    }
  }
  return registered;
}
