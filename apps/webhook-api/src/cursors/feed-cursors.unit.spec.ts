import { feedCursors } from './feed-cursors.js';

describe('cursors as they are shown', () => {
  it('stand where the feed has come, else where it begins, and never behind the end of the log', () => {
    const start = { 'orders/0': 5, 'orders/1': 5, 'orders/3': 90 };
    const reached = { 'orders/0': 8, 'orders/4': 12 };
    const ends = { 'orders/0': 10, 'orders/1': 10, 'orders/2': 10, 'orders/3': 10, 'orders/4': 11 };
    expect(feedCursors(start, reached, ends)).toEqual([
      { topic: 'orders', partition: 0, position: 8, end: 10, lag: 2 },
      { topic: 'orders', partition: 1, position: 5, end: 10, lag: 5 },
      { topic: 'orders', partition: 2, position: 0, end: 10, lag: 10 },
      { topic: 'orders', partition: 3, position: 10, end: 10, lag: 0 },
      { topic: 'orders', partition: 4, position: 11, end: 11, lag: 0 },
    ]);
  });

  it('say how much of what comes next is not in the log any more', () => {
    const cursors = feedCursors(
      {},
      { 'orders/1': 7 },
      { 'orders/0': 10, 'orders/1': 10 },
      { 'orders/0': 4, 'orders/1': 4 },
    );
    expect(cursors.map(({ gone }) => gone)).toEqual([4, undefined]);
  });
});
