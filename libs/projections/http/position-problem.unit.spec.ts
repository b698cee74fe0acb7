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

  it('names what the log ends before', () => {
    const positions = [{ topic: 'orders', partition: 0, offset: 900_000_000 }];
    expect(positionProblem({ status: 'unknown', positions }, 2)).toMatchObject({
      code: 'invalid-request',
      status: 400,
      errors: [
        {
          pointer: '/Orderstream-Position',
          detail: 'the log ends before orders/0@900000000: only positions of earlier answers can be sent',
        },
      ],
    });
  });

  it.each([
    ['tenant', 'tenant-share-exceeded', 429],
    ['all', 'unavailable', 503],
  ] as const)('is that there is no room: of %s', (refusal, code, status) => {
    const problem = positionProblem({ status: 'crowded', refusal }, 2);
    expect(problem).toMatchObject({ code, status, retryAfterSeconds: 1 });
  });

  it.each(['stopping', 'abandoned'] as const)('is that we cannot answer now: %s', (status) => {
    expect(positionProblem({ status }, 2)).toMatchObject({ code: 'unavailable', status: 503 });
  });
});
