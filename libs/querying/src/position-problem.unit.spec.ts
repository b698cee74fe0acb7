import { positionProblem } from './position-problem.js';

const at = (partition: number, offset: number, nextOffset: number) => ({
  position: { topic: 'orders', partition, offset },
  nextOffset,
});

describe('the problem of positions that are not reached', () => {
  it('is none when they are', () => expect(positionProblem({ status: 'passed' }, 2)).toBeUndefined());

  it('tells how far it is, of a few', () => {
    const shortfalls = [at(3, 17, 17), at(4, 1, 0), at(5, 9, 1), at(6, 9, 1), at(7, 9, 1)];
    const problem = positionProblem({ status: 'behind', shortfalls }, 2);
    expect(problem).toMatchObject({ code: 'position-not-reached', status: 503, retryAfterSeconds: 1 });
    expect(problem!.message).toBe(
      'Not reached within 2 s: orders/3@17 (at orders/3@16 now), orders/4@1 (nothing of orders/4 yet), ' +
        'orders/5@9 (at orders/5@0 now) and 2 more.',
    );
  });

  it.each(['crowded', 'stopping', 'abandoned'] as const)('is that we cannot answer now: %s', (status) => {
    expect(positionProblem({ status }, 2)).toMatchObject({ code: 'unavailable', status: 503 });
  });
});
