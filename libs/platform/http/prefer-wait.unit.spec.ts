import { preferredWait } from './prefer-wait.js';

const read = (prefer: string | undefined) => {
  const { seconds, applied } = preferredWait({ prefer });
  return [seconds, applied];
};

describe('the wait that a client prefers', () => {
  it.each([
    ['wait=5', 5],
    ['WAIT = 5', 5],
    ['wait="5"', 5],
    ['wait=0', 0],
    ['wait=30', 30],
    ['wait=31', 30],
    [`wait=${'9'.repeat(400)}`, 30],
    ['respond-async, wait=10', 10],
    ['wait=10; strict, respond-async', 10],
    ['return=representation; a="b, wait=7", wait=4', 4],
    ['note="say \\"hi\\", wait=7", wait=4', 4],
    ['wait=3, wait=9', 3],
    [',, wait=3', 3],
  ])('is read from %s', (prefer, seconds) => expect(read(prefer)).toEqual([seconds, `wait=${seconds}`]));

  it.each([
    undefined,
    '',
    'wait',
    'wait=',
    'wait=-1',
    'wait=1.5',
    'wait=soon',
    'wait=3 4',
    'wait=x, wait=3',
    'await=3',
    'wait-less=3',
    'respond-async; wait=3',
    'note="wait=3',
    'note="a, wait=3\\',
  ])('is the default where the header says nothing that counts: %s', (prefer) => {
    expect(read(prefer)).toEqual([2, undefined]);
  });
});
