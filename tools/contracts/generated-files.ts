import { fullNameOf, type RecordSchema } from '../../libs/contracts/avro-schema.js';
import type {
  EventSchemaFile,
  SchemaFile,
  SchemaFiles,
} from '../../libs/contracts/schema-life/schema-files.js';
import { TypeSource } from './type-source.js';

const HEADER = '// Generated from schemas/ by `npm run contracts`. Change the schemas, not this file.\n';

/** Returns the generated modules of the contracts library by file name. */
export function generatedFiles({ events, shared }: SchemaFiles): Map<string, string> {
  const folders = [...new Set([...shared, ...events].map(({ folder }) => folder))].toSorted();
  const constants = new Constants(shared);
  const modules = folders.map((folder): [string, string] => [
    `${folder}.ts`,
    folderModule(constants, shared.filter(isIn(folder)), events.filter(isIn(folder))),
  ]);
  return new Map([...modules, ['catalogue.ts', catalogueModule(events)]]);
}

const isIn =
  (folder: string) =>
  (file: SchemaFile): boolean =>
    file.folder === folder;

function folderModule(
  constants: Constants,
  shared: readonly SchemaFile[],
  events: readonly EventSchemaFile[],
): string {
  const types = new TypeSource();
  for (const { schema } of [...shared, ...events]) types.add(schema);
  const files = [...shared, ...events];
  const parts = [
    HEADER + [SCHEMA_IMPORT, ...constants.importsOf(files)].join('\n'),
    types.toString(),
    ...(events.length > 0 ? [eventMap(events)] : []),
    ...files.map(
      ({ schema }) => `export const ${constantOf(schema)}: RecordSchema = ${constants.literal(schema)};`,
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

const SCHEMA_IMPORT = "import type { RecordSchema } from '../avro-schema.js';";

const pascal = (name: string): string =>
  name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
const mapOf = (folder: string): string => `${pascal(folder)}Events`;

function eventMap(events: readonly EventSchemaFile[]): string {
  const folder = events[0]?.folder ?? '';
  const lines = events.map(({ eventType, schema }) => `  readonly '${eventType}': ${schema.name};`);
  return `/** The data of each event in topic \`${folder}\`, by event type. */\nexport interface ${mapOf(folder)} {\n${lines.join('\n')}\n}`;
}

function catalogueModule(events: readonly EventSchemaFile[]): string {
  const topics = [...new Set(events.map(({ folder }) => folder))];
  const imports = topics.map((topic) => {
    const names = events.filter(isIn(topic)).map(({ schema }) => `  ${constantOf(schema)},\n`);
    return `import {\n${names.join('')}  type ${mapOf(topic)},\n} from './${topic}.js';`;
  });
  const entries = events.map(
    ({ eventType, folder, subject, schema }) => `  {
    eventType: '${eventType}',
    topic: '${folder}',
    recordName: '${fullNameOf(schema)}',
    subject: '${subject}',
    schema: ${constantOf(schema)},
  },
`,
  );
  return `${HEADER}import type { EventContract } from '../event-contract.js';
${imports.join('\n')}

/** The data of every event by event type, by topic. */
export interface EventDataByTopic {
${topics.map((topic) => `  readonly ${JSON.stringify(topic)}: ${mapOf(topic)};\n`).join('')}}
/** The data of every event, by event type. */
export type EventDataByType = ${topics.map(mapOf).join(' & ')};
export type EventType = keyof EventDataByType;

/** The contract of every event type. */
export const EVENT_CONTRACTS: ReadonlyArray<EventContract & { readonly eventType: EventType }> = [
${entries.join('')}];
`;
}

/** `OrderCreated` → `ORDER_CREATED_SCHEMA`. */
const constantOf = ({ name }: RecordSchema): string =>
  `${name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase()}_SCHEMA`;

/** Writes schemas as TypeScript constants. A shared record inside a schema becomes a reference to its own constant. */
class Constants {
  readonly #shared: ReadonlyMap<unknown, SchemaFile>;

  constructor(shared: readonly SchemaFile[]) {
    this.#shared = new Map(shared.map((file) => [file.schema, file]));
  }

  importsOf(files: readonly SchemaFile[]): string[] {
    const used = new Set(
      files.flatMap(({ schema }) => schema.fields.map(({ type }) => this.#shared.get(type))),
    );
    return [...used].flatMap((file) =>
      file === undefined ? [] : [`import { ${constantOf(file.schema)} } from './${file.folder}.js';`],
    );
  }

  /** One field a line, so that diffs are short and readable. */
  literal(schema: RecordSchema): string {
    return this.render(schema, '', schema);
  }

  private render(value: unknown, indent: string, root: unknown): string {
    const shared = value === root ? undefined : this.#shared.get(value);
    if (shared) return constantOf(shared.schema);
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    if (Array.isArray(value)) {
      const lines = value.map((item) => this.render(item, `${indent}  `, root));
      return lines.some((line) => line.length > 40)
        ? block('[', lines, ']', indent)
        : `[${lines.join(', ')}]`;
    }
    const isNested = 'fields' in value;
    const inside = isNested ? `${indent}  ` : indent;
    const lines = Object.entries(value).map(
      ([key, part]) => `${JSON.stringify(key)}: ${this.render(part, inside, root)}`,
    );
    if (lines.length === 0) return '{}';
    return isNested ? block('{', lines, '}', indent) : `{ ${lines.join(', ')} }`;
  }
}

const block = (open: string, lines: readonly string[], close: string, indent: string): string =>
  `${open}\n${lines.map((line) => `${indent}  ${line},\n`).join('')}${indent}${close}`;
