import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { TENANT_EVENT_TYPES, isEventTypePattern, matchesEventType } from './event-catalogue.js';

const word = fc.stringMatching(/^[a-z]{1,8}(-[a-z]{1,8})?$/);
const eventType = fc.oneof(
  fc.constantFrom(...TENANT_EVENT_TYPES),
  fc.tuple(word, word).map(([prefix, name]) => `${prefix}.${name}`),
);

describe('event type patterns', () => {
  itForAll('a name matches only itself', [eventType, eventType], (pattern, type) => {
    fc.pre(pattern !== 'order.updated');
    expect(matchesEventType(pattern, type)).toBe(pattern === type);
  });

  itForAll(
    'a prefix matches exactly the types that begin with it and a dot',
    [word, eventType],
    (prefix, type) => {
      expect(matchesEventType(`${prefix}.*`, `${prefix}.${type.replace('.', '-')}`)).toBe(true);
      expect(matchesEventType(`${prefix}.*`, type)).toBe(type.startsWith(`${prefix}.`));
    },
  );

  itForAll(
    'the star matches everything except events about webhooks and processes',
    [eventType],
    (type) => matchesEventType('*', type) === !/^(webhook|process\.)/.test(type),
  );

  const pattern = fc.oneof(
    eventType,
    word.map((prefix) => `${prefix}.*`),
    fc.constantFrom('*', 'order.*', 'order.updated'),
    fc.string(),
  );
  itForAll('every valid pattern matches an existing event type', [pattern], (text) => {
    expect(isEventTypePattern(text)).toBe(TENANT_EVENT_TYPES.some((type) => matchesEventType(text, type)));
    if (TENANT_EVENT_TYPES.includes(text)) expect(isEventTypePattern(text)).toBe(true);
  });
});
