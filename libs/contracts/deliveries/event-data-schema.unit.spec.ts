import { contractOfEvent } from '../event-catalogue.js';
import { eventDataSchema } from './event-data-schema.js';

const schemaOf = (eventType: string) => {
  const contract = contractOfEvent(eventType);
  if (!contract) throw new Error(`there is no ${eventType}`);
  return eventDataSchema(contract.schema) as {
    properties: Record<string, Record<string, unknown>>;
    required: string[];
  };
};

describe('the JSON schema of event data', () => {
  it('has the JSON names and types, and the optional fields', () => {
    const { properties, required } = schemaOf('order.created');
    expect(properties['orderId']).toMatchObject({ type: 'string', format: 'uuid' });
    expect(properties['total']).toMatchObject({ type: 'integer', format: 'int64' });
    expect(properties['items']).toMatchObject({ type: 'array', items: { type: 'object' } });
    // The log calls it orderMetadata, to distinguish it from the metadata of the event.
    expect(properties['metadata']).toMatchObject({ additionalProperties: { type: 'string' } });
    expect(properties).not.toHaveProperty('orderMetadata');
    expect(required.toSorted()).toEqual(['currency', 'customer', 'items', 'metadata', 'orderId', 'total']);
    expect(properties['customer']).toMatchObject({ required: ['id'] });
    expect(JSON.stringify(properties)).not.toContain('null"');
  });

  it('leaves out hidden fields, inside others too', () => {
    const { properties } = schemaOf('webhook-subscription.created');
    expect(properties).toHaveProperty('callbackUrl');
    for (const sealed of ['secrets', 'headers', 'callbackQuery'])
      expect(properties).not.toHaveProperty(sealed);
    const { payment } = schemaOf('order.created').properties;
    expect(payment).toMatchObject({ properties: { country: { type: 'string' } } });
    expect(JSON.stringify(payment)).not.toContain('token');
  });

  it('fails for an unknown type rather than describe it wrongly', () => {
    const schema = { type: 'record', name: 'Odd', fields: [{ name: 'odd', type: 'bytes' }] } as const;
    expect(() => eventDataSchema(schema)).toThrow('bytes');
  });
});
