/** The life of schemas: how they may change, and how they agree with what was released and registered. */
export {
  type CheckedSchemas,
  checkedSchemas,
  findingText,
  nextRelease,
  problemsOf,
  schemaSummary,
} from './checked-schemas.js';
export type { SchemaFinding } from './broken-promises.js';
export {
  type RegisteredSubject,
  registryDifferences,
  type RegistryDifferences,
} from './registry-differences.js';
export type {
  EventSchemaFile,
  SchemaFile,
  SchemaFiles,
  SchemaTexts,
  SubjectReleases,
} from './schema-files.js';
