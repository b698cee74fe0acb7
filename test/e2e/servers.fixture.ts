import { testSettings } from '#libs/testing/servers';

export interface ServerUrls {
  readonly KAFKA_BROKERS: string;
  readonly SCHEMA_REGISTRY_URL: string;
  readonly DATABASE_URL: string;
}

/** The servers of the whole test run, but for the database. */
export function sharedServers(databaseUrl: string): ServerUrls {
  const { brokers, schemaRegistryUrl } = testSettings().kafka;
  return {
    KAFKA_BROKERS: brokers.join(','),
    SCHEMA_REGISTRY_URL: schemaRegistryUrl,
    DATABASE_URL: databaseUrl,
  };
}
