import { EVENT_TOPICS } from '#libs/contracts';
import { grantsOfAnalyst, groupPrefixOf, isAnalystName } from './analyst-access.js';

describe("an analyst's rights", () => {
  it('are to read the event topics and groups of its own', () => {
    const grants = grantsOfAnalyst('ada');
    expect(
      grants.every(({ principal, operation }) => principal === 'analyst-ada' && operation === 'READ'),
    ).toBe(true);
    expect(grants.filter(({ kind }) => kind === 'topics').map(({ name }) => name)).toEqual(EVENT_TOPICS);
    expect(grants.filter(({ isPrefix }) => isPrefix)).toMatchObject([
      { kind: 'groups', name: 'analyst-ada.' },
    ]);
  });

  it('do not reach the groups of a longer name', () => {
    expect(groupPrefixOf('ada-2').startsWith(groupPrefixOf('ada'))).toBe(false);
  });

  it.each(['', 'Ada', '1a', 'a.b', 'a_b', 'a b', '-a', 'a'.repeat(33), 'ä'])('are not for %j', (name) =>
    expect(isAnalystName(name)).toBe(false),
  );
});
