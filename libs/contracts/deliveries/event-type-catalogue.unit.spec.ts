import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { publicData, TENANT_EVENT_TYPES } from '../event-catalogue.js';
import { describeEventTypes } from './event-type-catalogue.js';

const ajv = new Ajv2020({ strict: true, strictRequired: false });
addFormats.default(ajv);
for (const format of ['int32', 'int64']) ajv.addFormat(format, true);
ajv.addVocabulary(['x-extensible-enum']);

describe('the catalogue of event types', () => {
  const described = describeEventTypes();

  it('has each type that tenants may subscribe to once, with a description', () => {
    expect(described.map(({ eventType }) => eventType)).toEqual(TENANT_EVENT_TYPES);
    for (const { description } of described) expect(description).toMatch(/^[A-Z].*\.$/);
  });

  it.each(described.map((each) => [each.eventType, each] as const))(
    'has an example of %s with every field, as its schema wants it',
    (_, { eventType, dataSchema, example }) => {
      const valid = ajv.compile(dataSchema);
      const data = example['data'] as Record<string, unknown>;
      expect([valid(data), valid.errors]).toEqual([true, null]);
      expect(Object.keys(data)).toEqual(Object.keys(dataSchema['properties'] as object));
      // Nothing that a delivery would hide, and nothing that nobody has given a value.
      expect(publicData({ type: eventType, data })).toEqual(data);
      expect(JSON.stringify(data)).not.toMatch(/"text"|null/);
    },
  );
});
