import { text } from 'node:stream/consumers';
import { ValueStream, type ValueStreamOptions } from './value-stream.js';

const streamOf = (given: Partial<ValueStreamOptions>) => {
  let now = 0;
  let closed = 0;
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
  const stop = new AbortController();
  const stream = new ValueStream({
    read: async () => ({ now }),
    clock,
    stop: stop.signal,
    everyMs: 1_000,
    stallMs: 60_000,
    maxAgeMs: 3_000,
    onClose: () => closed++,
    ...given,
  });
  return { stream, stop, closed: () => closed };
};

it('a stream of values gives one at each interval, and ends with its time', async () => {
  const { stream, closed } = streamOf({});
  const expected = ['retry: 2000', 'data: {"now":0}', 'data: {"now":1000}', 'data: {"now":2000}', ''];
  expect(await text(stream)).toBe(expected.join('\n\n'));
  expect(closed()).toBe(1);
});

it('a value that cannot be told is left out', async () => {
  const { stream } = streamOf({ maxAgeMs: 1_000, read: () => Promise.reject(new Error('away')) });
  expect(await text(stream)).toBe('retry: 2000\n\n: no value\n\n');
});

it('a stream of values ends with the process', async () => {
  const { stream, stop, closed } = streamOf({
    read: async () => {
      stop.abort();
      return 1;
    },
  });
  expect(await text(stream)).toBe('retry: 2000\n\ndata: 1\n\n');
  expect(closed()).toBe(1);
});
