import { AGGREGATE_GROUPS } from '#libs/aggregates';
import { EVENT_CONTRACTS, exampleDelivery, TENANT_EVENT_TYPES } from '#libs/contracts';
import { checkedSchemas } from '#libs/contracts/schema-life';
import { PROCESS_DEFINITIONS } from '#libs/fulfilment/core';
import { readSchemaTexts, schemaFolder } from '#libs/kafka';
import { READ_MODELS } from '#libs/projections/read-models';
import { fieldTable } from './event-fields.mjs';

/** The apps that append the events of a group of aggregates; the brokers let no other do it. */
const APPS_OF_GROUPS = {
  business: ['command-api'],
  processes: ['process-manager'],
  webhooks: ['webhook-api', 'webhook-dispatcher'],
};

/**
 * Who appends the events of a topic, and what its streams are.
 * @param {string} topic
 */
export function writersOf(topic) {
  for (const [group, aggregates] of Object.entries(AGGREGATE_GROUPS)) {
    const aggregate = aggregates.find((each) => each.topic === topic);
    if (aggregate) return { apps: APPS_OF_GROUPS[group], subject: aggregate.subject };
  }
  throw new Error(`no aggregate has the topic ${topic}`);
}

/** Settings that let processes begin; whom an event concerns does not depend on them. */
const POLICY = {
  orders: {
    whenUntracked: 'accept',
    screens: true,
    paymentTimeoutMs: 1,
    reviewTimeoutMs: 1,
    completeAfterMs: 1,
  },
  carts: { abandonedAfterMs: 1 },
};

/**
 * What reads an event, by what the code declares: the topics of read models, and what processes make of an example.
 * @param {import('#libs/contracts').EventContract} contract
 */
export function readersOf({ eventType, topic, schema, recordName, subject }) {
  const { data, occurredAt } = exampleDelivery({ eventType, topic, schema, recordName, subject });
  const metadata = { streamId: 'tenant/id', tenant: 'tenant', occurredAt, version: 1, actor: 'somebody' };
  const event = { type: eventType, data, metadata, position: { topic, partition: 0, offset: 0 } };
  return {
    readModels: READ_MODELS.filter(({ topics }) => topics.includes(topic)).map(({ name }) => name),
    processes: PROCESS_DEFINITIONS.filter(
      (definition) => definition.topics.includes(topic) && definition.concern(event, POLICY) !== undefined,
    ).map(({ name }) => name),
    isForSubscribers: TENANT_EVENT_TYPES.includes(eventType),
  };
}

/** The page of all events for people who read the topics. */
export function eventsPage() {
  const { releases } = checkedSchemas(readSchemaTexts(schemaFolder()));
  const versions = new Map(releases.map(({ subject, versions: all }) => [subject, all]));
  const topics = [...new Set(EVENT_CONTRACTS.map(({ topic }) => topic))];
  const [{ schema }] = EVENT_CONTRACTS;
  const metadata = schema.fields[0].type;
  return `${HEAD}
## Topics

| topic | stream, and key of the records | appended by | events |
|---|---|---|---|
${topics.map(topicRow).join('\n')}

## In every event

${metadata.doc} It is the field \`metadata\`.

${fieldTable(metadata, [metadata])}
${topics.map((topic) => topicPart(topic, versions)).join('\n')}`;
}

const HEAD = `# Events

Every event in the topics: what it means, its fields, an example, since which version it has what, who appends it and who
reads it. For people who read the topics with their own tools; they need nothing else of ours. This page is generated
from \`schemas/\` and the code by \`npm run docs\`. The same for machines is [asyncapi.json](asyncapi.json); the rules by
which schemas change are in [schemas](../schemas/README.md).

- **Subject** in the schema registry: \`<topic>-<record>\`. A record's header \`ce_type\` says the event's type, so nobody
  has to decode what they don't want.
- **Versions** are those of the schema. *since* says from which version on a field exists: where an event is older, an
  Avro reader that has the newest schema shows the field's default, which is null. The number may differ in your registry,
  which has only what was deployed there.
- **Time** is \`timestamp-millis\`: milliseconds since 1970 in UTC. **Money** is in minor units of the currency beside it
  (cents, for EUR). A \`?\` after a type says that the field may be null.
- **Examples** are what webhooks and event streams deliver as \`data\`, with times as text.
- **personal**: it tells who a customer is or where they live. **encrypted** and **for our own processes**: it is in the
  topic, and never in webhooks, event streams, the API or examples. **without query**: shown without the query of the URL.
`;

function topicRow(topic) {
  const { apps, subject } = writersOf(topic);
  const events = EVENT_CONTRACTS.filter((contract) => contract.topic === topic);
  return `| [\`${topic}\`](#topic-${topic}) | one for each \`${subject}\` | ${codes(apps)} | ${events.map(({ eventType }) => linkTo(eventType)).join(', ')} |`;
}

/** GitHub's way from a heading to its anchor. */
const linkTo = (eventType) => `[${eventType}](#${eventType.replaceAll('.', '')})`;
const codes = (names) => names.map((name) => `\`${name}\``).join(', ');

function topicPart(topic, versions) {
  const events = EVENT_CONTRACTS.filter((contract) => contract.topic === topic);
  return `## Topic ${topic}\n\n${events.map((contract) => eventPart(contract, versions.get(contract.subject) ?? [])).join('\n')}`;
}

function eventPart(contract, versions) {
  const { eventType, recordName, schema, topic } = contract;
  const example = JSON.stringify(exampleDelivery(contract).data, null, 2);
  return `### ${eventType}

${schema.doc}

- Record \`${recordName}\`, ${versions.length === 1 ? '1 version' : `${versions.length} versions`}
- Appended by ${codes(writersOf(topic).apps)}
- Read by ${readerWords(readersOf(contract))}

${fieldTable(schema, versions)}
<details><summary>Example</summary>

\`\`\`json
${example}
\`\`\`

</details>
`;
}

function readerWords({ readModels, processes, isForSubscribers }) {
  return [
    ...(readModels.length > 0 ? [`the read models ${codes(readModels)}`] : []),
    ...(processes.length > 0
      ? [`the ${processes.length === 1 ? 'process' : 'processes'} ${codes(processes)}`]
      : []),
    isForSubscribers ? 'subscribers of webhooks and event streams' : 'operators alone',
  ].join('; ');
}
