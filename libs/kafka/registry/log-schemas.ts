import { EVENT_CONTRACTS, type SchemaRegistryPort } from '#libs/contracts';
import type { LogAgreement } from '../manifest/log-environment.js';
import type { RegistryClient } from './registry-client.js';

const SCHEMAS = new Map(EVENT_CONTRACTS.map(({ subject, schema }) => [subject, schema]));

/**
 * Resolves schemas from the log's manifest, so an unavailable, empty or rebuilt registry does not affect reads and writes.
 * The registry is asked only for ids that the manifest lacks.
 */
export class LogSchemas implements SchemaRegistryPort {
  constructor(
    private readonly agreement: Pick<LogAgreement, 'manifest' | 'refreshed'>,
    private readonly registry: Pick<RegistryClient, 'schema'>,
  ) {}

  idOf(subject: string): number | undefined {
    const schema = SCHEMAS.get(subject);
    return schema && this.agreement.manifest?.idOf(schema);
  }

  async schemaOf(id: number): Promise<object | undefined> {
    const known =
      this.agreement.manifest?.schemas.get(id) ?? (await this.agreement.refreshed()).schemas.get(id);
    return known ?? this.registry.schema(id);
  }
}
