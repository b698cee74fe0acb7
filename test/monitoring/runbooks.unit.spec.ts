import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ALERTS } from '../../tools/monitoring/source/rule-files.js';
import { commandsOf } from './runbook.js';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
}
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

const { paths, components } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

const SOME = 'log';

/** A value in which everything is there that the schema allows. Every text is the same. */
function fullValue(schema: Schema, depth = 0): unknown {
  const { $ref, anyOf, oneOf, allOf, properties, items, additionalProperties } = schema;
  if (depth > 12) return null;
  if ($ref !== undefined) return fullValue(components.schemas[$ref.split('/').at(-1) ?? ''] ?? {}, depth + 1);
  if (allOf) return Object.assign({}, ...allOf.map((each) => fullValue(each, depth + 1)));
  const [first] = anyOf ?? oneOf ?? [];
  if (first) return fullValue(first, depth + 1);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (items) return [fullValue(items, depth + 1)];
  if (properties)
    return Object.fromEntries(
      Object.entries(properties).map(([name, each]) => [name, fullValue(each, depth + 1)]),
    );
  if (typeof additionalProperties === 'object') return { [SOME]: fullValue(additionalProperties, depth + 1) };
  const [type] = [schema.type].flat();
  return type === 'integer' || type === 'number' ? 1 : type === 'boolean' ? true : SOME;
}

interface Call {
  readonly alert: string;
  readonly text: string;
  readonly variable: string;
  readonly path: string;
  readonly query: readonly string[];
  readonly method: string;
  /** What makes something of the answer. */
  readonly jq?: string;
}

/** Commands that call the API, each in one line; those that are indented are to be filled in first. */
async function callsOf(alert: string): Promise<Call[]> {
  const page = (await commandsOf(alert)).join('\n');
  const lines = page.replaceAll(/(?:\\|(?<=\|))\n\s*/g, ' ').split('\n');
  return lines.flatMap((text) => {
    const [, variable = '', path = '', query = ''] =
      /^curl .*?"(?:\$\{SCHEME:-http\}:\/\/)?\$(\w+)(\/[^"?]*)(?:\?([^"]*))?"/.exec(text) ?? [];
    if (variable === '')
      return text.includes('curl') ? [{ alert, text, variable, path, query: [], method: '' }] : [];
    const jq = /\| (jq (?:[^|'"]|'[^']*'|"(?:\\.|[^"])*")*)/.exec(
      text.replace(/^curl (?:[^|]|\|(?! jq))*/, ''),
    )?.[1];
    const method = /-d '/.test(text) ? 'post' : 'get';
    const names = [...query.matchAll(/(\w+)=/g)].map(([, name = '']) => name);
    return [{ alert, text, variable, path, query: names, method, ...(jq !== undefined && { jq }) }];
  });
}

const calls = (await Promise.all([...new Set(ALERTS.map(({ name }) => name))].map(callsOf))).flat();
const hasJq = spawnSync('jq', ['--version'], { stdio: 'ignore' }).status === 0;
if (!hasJq) process.stderr.write('SKIPPED: jq is not installed, which runbooks use (apt-get install jq)\n');

describe('the calls of runbooks', () => {
  it('are found', () => expect(calls.length).toBeGreaterThan(15));

  it.each(calls)('$alert asks who answers: $text', ({ variable, path, query, method }) => {
    // The gateway has the API, and a process its own metrics and health.
    expect(variable).toBe(path.startsWith('/v1/') ? 'ORDERSTREAM_URL' : 'INSTANCE');
    if (path === '/metrics') return;
    const operation = paths[path]?.[method];
    expect(operation).toBeDefined();
    const known = (operation?.parameters ?? []).map(({ name }) => name);
    expect(query.filter((name) => !known.includes(name))).toEqual([]);
  });

  (hasJq ? it : it.skip).each(calls.filter(({ jq }) => jq !== undefined))(
    '$alert takes from the answer what is there: $jq',
    ({ path, method, jq = '' }) => {
      const answer = paths[path]?.[method]?.responses['200']?.content?.['application/json']?.schema ?? {};
      const found = execFileSync('bash', ['-eu', '-c', jq], {
        input: JSON.stringify(fullValue(answer)),
        env: { ...process.env, PROJECTION: SOME },
        encoding: 'utf8',
      });
      expect(found.trim()).not.toBe('');
      expect(found).not.toMatch(/\bnull\b/);
    },
  );
});
