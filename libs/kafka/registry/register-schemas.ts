import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { EVENT_CONTRACTS } from '#libs/contracts';
import { systemClock } from '#libs/kernel';
import { type RegistryAddress, RegistryClient, registryOptions } from './registry-client.js';

/** The registry's answer while another deployment sets the compatibility of the same subject. */
const RACES = [/'COMPATIBILITY' already exists/, /Compatibility does not match/];
const isRace = ({ message }: Error): boolean => RACES.some((race) => race.test(message));
const ATTEMPTS = 10;
const PAUSE_MS = 100;

/**
 * Registers every schema of this code under FULL_TRANSITIVE: the registry rejects a schema that is incompatible with any
 * older or newer version. Part of the deployment, not of an app.
 */
export async function registerSchemas(address: RegistryAddress): Promise<{ subject: string; id: number }[]> {
  const client = new RegistryClient(address);
  const registry = new SchemaRegistry({
    ...registryOptions(address),
    retry: { maxRetryTimeInSecs: 1, initialRetryTimeInSecs: 0.1, retries: 2 },
  });
  const registered: { subject: string; id: number }[] = [];
  // Sequential, so a rejection names its schema and later ones stay untouched.
  for (const { subject, schema } of EVENT_CONTRACTS) {
    const register = async () => {
      // An interrupted deployment or a lost response may have left a subject without its compatibility level.
      await client.setCompatibility(subject, COMPATIBILITY.FULL_TRANSITIVE);
      return registry.register(
        { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
        { subject, compatibility: COMPATIBILITY.FULL_TRANSITIVE },
      );
    };
    try {
      const { id } = await inSpiteOfRaces(register);
      registered.push({ subject, id });
    } catch (error) {
      throw new RefusedSchemaError(subject, error as Error);
    }
  }
  return registered;
}

/** The registry did not take a schema, or did not answer. */
export class RefusedSchemaError extends Error {
  constructor(
    readonly subject: string,
    cause: Error,
  ) {
    super(`schema ${subject} was not registered: ${cause.message}`, { cause });
  }
}

async function inSpiteOfRaces<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isRace(error as Error) || attempts === ATTEMPTS) throw error;
      await systemClock.sleep(PAUSE_MS);
    }
  }
}
