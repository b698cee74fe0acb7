/** AsyncAPI's name for the Avro schema language. */
const AVRO = 'application/vnd.apache.avro;version=1.9.0';

/**
 * Describes the topics as an AsyncAPI 3 document.
 * @param {readonly import('#libs/contracts').EventContract[]} contracts
 */
export function describeTopics(contracts) {
  const topics = [...new Set(contracts.map(({ topic }) => topic))];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Orderstream topics',
      version: '1',
      description:
        'Events in Confluent wire format (magic byte, schema id, Avro). The key is the stream id, so the events of a stream are in one partition, in order. Kept for ever, never compacted.',
    },
    defaultContentType: 'application/avro',
    channels: Object.fromEntries(topics.map((topic) => [topic, channel(topic, contracts)])),
    operations: Object.fromEntries(
      topics.map((topic) => [
        `read-${topic}`,
        {
          action: 'receive',
          channel: { $ref: `#/channels/${topic}` },
          summary: `Read the events of ${topic}.`,
        },
      ]),
    ),
    components: {
      messages: Object.fromEntries(contracts.map((contract) => [contract.eventType, message(contract)])),
    },
  };
}

function channel(topic, contracts) {
  const ofTopic = contracts.filter((contract) => contract.topic === topic);
  return {
    address: topic,
    messages: Object.fromEntries(
      ofTopic.map(({ eventType }) => [eventType, { $ref: `#/components/messages/${eventType}` }]),
    ),
    bindings: { kafka: { topic, partitions: 12 } },
  };
}

function message({ eventType, subject, schema }) {
  return {
    name: eventType,
    title: schema.name,
    summary: schema.doc,
    contentType: 'application/avro',
    payload: { schemaFormat: AVRO, schema },
    headers: { type: 'object', properties: cloudEventHeaders(eventType) },
    bindings: { kafka: { key: { type: 'string', description: 'The stream id.' } } },
    tags: [{ name: subject, description: 'Subject in the schema registry.' }],
  };
}

/** The attributes of the CloudEvents Kafka binding, in binary mode. */
function cloudEventHeaders(eventType) {
  const text = { type: 'string' };
  return {
    ce_specversion: { const: '1.0' },
    ce_id: { ...text, description: 'The event id.' },
    ce_source: text,
    ce_type: { const: eventType },
    ce_subject: { ...text, description: 'The stream id.' },
    ce_time: { ...text, format: 'date-time' },
    ce_tenant: text,
    ce_streamversion: { ...text, description: 'Place in the stream, from 1.' },
    traceparent: { ...text, description: 'W3C trace context, of events that have one.' },
  };
}
