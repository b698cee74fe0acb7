import { FakeClock } from '../../testing/fake-clock.fixture.js';
import { UnreadablePlaces } from './history-scan.js';

it('an unreadable position is skipped for a while, unlike others', async () => {
  const clock = new FakeClock();
  const places = new UnreadablePlaces(clock);
  places.add(7);
  expect([places.any, places.has(7), places.has(8)]).toEqual([true, true, false]);
  await clock.advance(2_001);
  expect([places.has(7), places.any]).toEqual([false, false]);
});
