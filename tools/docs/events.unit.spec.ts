import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVENT_CONTRACTS, EVENT_TOPICS } from '#libs/contracts';
import { PROCESS_DEFINITIONS } from '#libs/fulfilment/core';
import { RIGHTS } from '../launcher/secure/rights.mjs';
import { eventsPage, readersOf, writersOf } from './events.mjs';

const page = eventsPage();
const partOf = (eventType: string): string => page.split(`\n### ${eventType}\n`)[1]?.split('\n### ')[0] ?? '';

/** Who may do something with a topic at the brokers, where every right that is missing fails a test. */
const principals = (operation: string, topic: string): string[] =>
  Object.entries(RIGHTS).flatMap(([principal, rights]) =>
    rights.some(
      ({ kind, operations, names }) =>
        kind === 'topics' && (operations as string[]).includes(operation) && names.includes(topic),
    )
      ? [principal]
      : [],
  );

describe('the page of events', () => {
  it.each(EVENT_CONTRACTS)('says all of $eventType', (contract) => {
    const part = partOf(contract.eventType);
    expect(part).toContain(contract.schema.doc);
    for (const { name, doc } of contract.schema.fields.slice(1)) {
      expect(part).toContain(`| \`${name}\` | `);
      expect(part).toContain(doc);
    }
  });

  it('marks fields, and says since which version each exists, and what is known of its unit', () => {
    expect(partOf('payment.failed')).toMatch(/\| `cause` \| text\? \| 2 \| Why, as a code: declined, /);
    expect(partOf('payment.failed')).toMatch(/\| `reason` \| text \| 1 \| /);
    expect(partOf('order.created')).toMatch(/\| `customer\.email` \| text\? \| 1 \| .*\*\*personal\*\*/);
    expect(partOf('order.created')).toMatch(
      /\| `payment\.token` \| text \| 2 \| .*\*\*for our own processes\*\*/,
    );
    expect(partOf('order.created')).toMatch(/\| `items\[\]\.unitPrice` \| integer, minor units \| 1 \| /);
    expect(partOf('order.created')).toMatch(/\| `orderMetadata` .*`metadata` outside the topics\./);
    expect(partOf('webhook-subscription.created')).toMatch(
      /\| `secrets` \| list of record \| 1 \| .*\*\*encrypted\*\*/,
    );
  });

  it('shows no more in examples than subscribers get', () => {
    expect(partOf('order.created')).not.toContain('"token"');
    expect(partOf('order.created')).toContain('"country": "DE"');
  });

  it.each(EVENT_TOPICS)('names as writers of %s those whom the brokers let write', (topic) => {
    expect(writersOf(topic).apps.toSorted()).toEqual(principals('WRITE', topic).toSorted());
  });

  it.each(EVENT_TOPICS)('names as readers of %s none whom the brokers keep from it', (topic) => {
    const readers = principals('READ', topic);
    expect(readers).toEqual(expect.arrayContaining(['projector', 'process-manager', 'webhook-dispatcher']));
  });

  /** Another way to the same: the rules of a process name the types of its events. */
  it.each(PROCESS_DEFINITIONS)('names every event that concerns $name, and no other', ({ name }) => {
    const folder = join('libs/fulfilment/core', name);
    const rules = readdirSync(folder)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n');
    const named = EVENT_CONTRACTS.map(({ eventType }) => eventType).filter((type) =>
      rules.includes(`'${type}'`),
    );
    const found = EVENT_CONTRACTS.filter((contract) => readersOf(contract).processes.includes(name));
    expect(found.map(({ eventType }) => eventType)).toEqual(named);
  });
});
