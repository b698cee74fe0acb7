import { feedCursors } from './cursor.schemas.js';

describe('displayed cursors', () => {
  it('are at the progress of the feed, or else at its start, and never beyond the end of the log', () => {
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

  it('report how many of the next events are gone from the log', () => {
    const cursors = feedCursors(
      {},
      { 'orders/1': 7 },
      { 'orders/0': 10, 'orders/1': 10 },
      { 'orders/0': 4, 'orders/1': 4 },
    );
    expect(cursors.map(({ gone }) => gone)).toEqual([4, undefined]);
  });
});
