import { FakeTimers } from '../testing/fake-timers.fixture.js';
import { UnreadablePlaces } from './unreadable-places.js';

it('a place that cannot be read is left alone for a while, and others are not', async () => {
  const timers = new FakeTimers();
  const places = new UnreadablePlaces(timers);
  places.add(7);
  expect([places.any, places.has(7), places.has(8)]).toEqual([true, true, false]);
  await timers.advance(2_001);
  expect([places.has(7), places.any]).toEqual([false, false]);
});
