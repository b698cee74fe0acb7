import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import {
  type AnyDeadLetter,
  DeadLetterDesk,
  type DeadLetterFilter,
  type DeadLetterKind,
  type DeadLetterPlace,
  type DeadLetterPlaces,
  type DeadLetterSource,
} from './dead-letters.js';

const LIMITS = { chunk: 3, pageScan: 7, grouped: 10, matched: 1_000 };

/** Dead letters in memory, in the order of their places. */
class ListedSource implements DeadLetterSource {
  readonly mostReleased = 5;
  readonly acts = {
    redrive: async (letters: readonly AnyDeadLetter[]) => {
      const ids = new Set(letters.map(({ deadLetterId }) => deadLetterId));
      this.letters = this.letters.filter(({ deadLetterId }) => !ids.has(deadLetterId));
      return ids.size;
    },
    skip: 'not here',
  };

  constructor(
    readonly kind: DeadLetterKind,
    public letters: AnyDeadLetter[],
  ) {
    letters.sort((one, other) => (isBefore(one.place, other.place) ? 1 : -1));
  }

  async scan(filter: DeadLetterFilter, after: DeadLetterPlace | undefined, limit: number) {
    const rest = this.letters.filter(({ place, tenant }) => {
      return (!after || isBefore(place, after)) && (!filter.tenant || tenant === filter.tenant);
    });
    const letters = rest.slice(0, limit);
    return { letters, next: rest.length >= limit ? letters.at(-1)?.place : undefined };
  }

  complete = async (letters: readonly AnyDeadLetter[]) => letters;

  async count(_: DeadLetterFilter, most: number) {
    return this.letters
      .slice(0, most)
      .map(({ error, tenant, place: { at } }) => ({ error, tenant, count: 1, oldest: at, newest: at }));
  }
}

const isBefore = (one: DeadLetterPlace, other: DeadLetterPlace): boolean =>
  one.at === other.at ? (one.key[0] ?? '') < (other.key[0] ?? '') : one.at < other.at;

const KINDS = ['webhook', 'process'] as const;
const someLetters = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...KINDS),
      second: fc.nat(8),
      cause: fc.constantFrom('status 500', 'refused'),
      tenant: fc.constantFrom('acme', 'globex'),
    }),
    { maxLength: 40 },
  )
  .map((all) =>
    all.map(({ kind, second, cause, tenant }, index): AnyDeadLetter => {
      const key = String(index).padStart(3, '0');
      const error = cause === 'refused' ? `refused ${index}` : cause;
      const place = { at: `2026-01-01T00:00:0${second}.000Z`, key: [key] };
      return { kind, deadLetterId: key, tenant, subject: key, error, place };
    }),
  );
const deskOf = (letters: readonly AnyDeadLetter[]) =>
  new DeadLetterDesk(
    KINDS.map(
      (kind) =>
        new ListedSource(
          kind,
          letters.filter((letter) => letter.kind === kind),
        ),
    ),
    LIMITS,
  );
const someCause = fc.constantFrom(undefined, 'status 500', 'refused #');
const isOf = (cause: string | undefined) => (letter: AnyDeadLetter) =>
  cause === undefined || letter.error.startsWith(cause.slice(0, 7));

describe('the desk of dead letters', () => {
  itForAll(
    'lists all that match, each once and newest first, over pages of any size',
    [someLetters, someCause, fc.constantFrom(undefined, 'acme'), fc.integer({ min: 1, max: 9 })],
    async (letters, cause, tenant, limit) => {
      const desk = deskOf(letters);
      const seen: AnyDeadLetter[] = [];
      for (let after: DeadLetterPlaces | undefined = {}; after; ) {
        const page: Awaited<ReturnType<DeadLetterDesk['page']>> = await desk.page(
          { filter: { tenant }, cause },
          limit,
          after,
        );
        expect(page.letters.length).toBeLessThanOrEqual(limit);
        seen.push(...page.letters);
        after = page.next;
      }
      const expected = letters.filter(isOf(cause)).filter((letter) => !tenant || letter.tenant === tenant);
      expect(seen.map(({ deadLetterId }) => deadLetterId).toSorted()).toEqual(
        expected.map(({ deadLetterId }) => deadLetterId).toSorted(),
      );
      const times = seen.map(({ place }) => place.at);
      expect(times).toEqual(times.toSorted().toReversed());
    },
  );

  itForAll(
    'releases what its dry run counts, in as many requests as it takes',
    [someLetters, someCause],
    async (letters, cause) => {
      const desk = deskOf(letters);
      const matching = letters.filter(({ kind }) => kind === 'webhook').filter(isOf(cause));
      for (let left = matching.length; ; ) {
        expect(await desk.match('webhook', { filter: {}, cause })).toEqual({
          count: left,
          isLowerBound: false,
        });
        const released = await desk.release('webhook', 'redrive', { filter: {}, cause }, 'op');
        expect(released).toBe(Math.min(5, left));
        if (left === 0) break;
        left -= released;
      }
    },
  );

  itForAll('groups by cause what it counts', [someLetters], async (letters) => {
    const groups = await deskOf(letters).groups(undefined, {});
    for (const kind of KINDS) {
      const own = letters.filter((letter) => letter.kind === kind);
      const counted = groups.filter((group) => group.kind === kind);
      expect(counted.reduce((sum, { count }) => sum + count, 0)).toBe(Math.min(10, own.length));
      for (const { countIsLowerBound } of counted) expect(countIsLowerBound).toBe(own.length >= 10);
      expect(counted.length).toBeLessThanOrEqual(2);
    }
  });

  it('says what a kind cannot do', async () => {
    const desk = deskOf([]);
    expect(desk.refusal('process', 'skip')).toBe('not here');
    expect(desk.refusal('process', 'redrive')).toBeUndefined();
    expect(await desk.release('process', 'skip', { filter: {} }, 'op')).toBe(0);
  });
});
