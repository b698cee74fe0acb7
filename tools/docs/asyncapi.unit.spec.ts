import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { EVENT_CONTRACTS } from '#libs/contracts';

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const document = read('../../docs/asyncapi.json') as {
  readonly asyncapi: string;
  readonly components: { readonly messages: Record<string, unknown> };
};

it('the document of the topics is valid AsyncAPI 3', () => {
  const rules = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object;
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats.default(ajv);
  const check = ajv.compile(rules);
  expect([document.asyncapi, check(document), check.errors]).toEqual(['3.0.0', true, null]);
});

it('the document of the topics has every event', () => {
  expect(Object.keys(document.components.messages)).toEqual(
    EVENT_CONTRACTS.map(({ eventType }) => eventType),
  );
});
