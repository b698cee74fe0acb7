import { EVENT_TOPICS, RIGHTS } from '../launcher/secure/rights.mjs';

const KINDS = /** @type {const} */ (['topics', 'groups', 'transactionalIds', 'cluster']);
const HEAD = [
  '| principal | topics | consumer groups | transactional ids | cluster |',
  '|---|---|---|---|---|',
];

/** The rights of all principals, as a table of Markdown. */
export function rightsTable() {
  const rows = Object.entries(RIGHTS).map(([principal, rights]) => {
    const cells = KINDS.map((kind) => cellOf(rights.filter((right) => right.kind === kind)));
    return `| \`${principal}\` | ${cells.join(' | ')} |`.replaceAll('|  |', '| |').replaceAll('|  |', '| |');
  });
  return [...HEAD, ...rows].join('\n');
}

/** @param {readonly import('../launcher/secure/rights.mjs').Right[]} rights of one kind */
function cellOf(rights) {
  /** @type {Map<string, string[]>} */
  const byOperations = new Map();
  for (const { operations, names } of rights) {
    const key = operations.join(', ');
    byOperations.set(key, [...(byOperations.get(key) ?? []), ...names]);
  }
  return [...byOperations]
    .map(([operations, names]) => (names.length === 0 ? operations : `${operations} on ${wordsOf(names)}`))
    .join('; ');
}

/** @param {readonly string[]} names */
function wordsOf(names) {
  const areAllEvents = EVENT_TOPICS.every((topic) => names.includes(topic));
  const rest = areAllEvents ? names.filter((name) => !EVENT_TOPICS.includes(name)) : names;
  const words = [...(areAllEvents ? ['the event topics'] : []), ...rest.map((name) => `\`${name}\``)];
  const last = words.pop();
  return words.length === 0 ? last : `${words.join(', ')} and ${last}`;
}
