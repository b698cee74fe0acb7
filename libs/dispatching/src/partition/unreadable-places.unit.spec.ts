import { FakeClock } from '../testing/fake-clock.fixture.js';
import { UnreadablePlaces } from './unreadable-places.js';

it('a place that cannot be read is left alone for a while, and others are not', async () => {
  const clock = new FakeClock();
  const places = new UnreadablePlaces(clock);
  places.add(7);
  expect([places.any, places.has(7), places.has(8)]).toEqual([true, true, false]);
  await clock.advance(2_001);
  expect([places.has(7), places.any]).toEqual([false, false]);
});
