import { EventDecodingError } from '#libs/contracts';
import type { KafkaProtocol } from '../protocol/kafka-protocol.js';
import { LogSurroundings } from './log-surroundings.js';

it('remembers a bounded number of obstacles, wherever readers choose to begin', () => {
  const surroundings = new LogSurroundings({} as KafkaProtocol, 'http://registry');
  const meet = (offset: number): void =>
    surroundings.met(
      new EventDecodingError({ topic: 'orders', partition: 0, offset }, 'gone', { fault: 'gone' }),
    );
  for (let offset = 0; offset < 5_000; offset++) meet(offset);
  meet(0);
  expect(surroundings.obstacles).toHaveLength(200);
  expect(surroundings.isObstructed('orders', 0)).toBe(true);
});
