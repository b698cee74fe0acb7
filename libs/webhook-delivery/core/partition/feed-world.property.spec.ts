import fc from 'fast-check';
import { FeedWorld } from '../../testing/feed-world.fixture.js';

type Move = (world: FeedWorld) => void;

const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }).map(publishing) },
    { weight: 6, arbitrary: fc.nat({ max: 4 }).map((events) => (world: FeedWorld) => world.scan(events)) },
    { weight: 8, arbitrary: fc.nat({ max: 3 }).map((nth) => (world: FeedWorld) => world.answer(nth)) },
    { weight: 4, arbitrary: fc.boolean().map((rests) => (world: FeedWorld) => world.beginSave(rests)) },
    { weight: 4, arbitrary: fc.boolean().map((isKnown) => (world: FeedWorld) => world.write(isKnown)) },
    { weight: 2, arbitrary: fc.nat({ max: 4 }).map((events) => (world: FeedWorld) => world.forget(events)) },
    {
      weight: 12,
      arbitrary: fc.constantFrom<Move>(
        (world) => world.work(),
        (world) => world.work(),
        (world) => world.change(),
        (world) => world.hear(),
        (world) => world.end(),
        (world) => world.crash(),
        (world) => world.pass(),
        (world) => world.endAttempts(),
        (world) => world.restart(0),
        (world) => world.restart(1),
      ),
    },
  ),
  { maxLength: 120, size: 'max' },
);

function publishing(event: readonly boolean[]): Move {
  return (world) => world.publish(event);
}

describe('a feed whose answers come late and in any order', () => {
  it('delivers whatever it is owed in the end', () => {
    fc.assert(
      fc.property(moves, (steps) => {
        const world = new FeedWorld();
        world.hear();
        for (const step of steps) step(world);
        world.settle();
        const missing = world.owed.filter((offset) => !world.delivered.has(offset));
        expect(missing).toEqual([]);
        expect(['idle', 'active']).toContain(world.state.kind);
      }),
      { numRuns: 2_000 },
    );
  });
});
