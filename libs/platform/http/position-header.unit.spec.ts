import { requiredPositions } from './position-header.js';
import { ProblemException } from './problem.js';

const read = (header: string | string[] | undefined) => requiredPositions({ 'orderstream-position': header });

const problemOf = (header: string): ProblemException => {
  try {
    read(header);
  } catch (error) {
    if (error instanceof ProblemException) return error;
    throw error;
  }
  throw new Error('no problem');
};

describe('the positions that a query is to have seen', () => {
  it.each([
    ['no header', undefined],
    ['an empty one', ''],
    ['nothing but commas', ' , ,'],
  ])('are none: %s', (_, header) => expect(read(header)).toEqual([]));

  it.each([
    ['one', 'orders/3@17', [{ topic: 'orders', partition: 3, offset: 17 }]],
    [
      'several',
      'orders/3@17,inventory/0@0 ,\torders/4@1,',
      [
        { topic: 'orders', partition: 3, offset: 17 },
        { topic: 'inventory', partition: 0, offset: 0 },
        { topic: 'orders', partition: 4, offset: 1 },
      ],
    ],
    [
      'the last of a partition, in whichever order',
      'orders/3@9, orders/3@17, orders/3@11',
      [{ topic: 'orders', partition: 3, offset: 17 }],
    ],
  ])('are read: %s', (_, header, positions) => expect(read(header)).toEqual(positions));

  it('may come in several headers', () => expect(read(['orders/3@17', 'orders/4@1'])).toHaveLength(2));

  it.each(['orders', 'orders/3', 'orders/3@', 'orders/-1@2', 'orders/3@1.5', 'orders/3@17;orders/4@1', '*'])(
    'are refused when malformed, with the name of the header: %s',
    (header) => {
      const { status, errors } = problemOf(`orders/0@1, ${header}`);
      expect([status, errors![0]!.pointer]).toEqual([400, '/Orderstream-Position']);
    },
  );

  it('are a hundred at most', () => {
    const many = (count: number) => Array.from({ length: count }, (_, n) => `orders/${n}@1`).join(',');
    expect(read(many(100))).toHaveLength(100);
    expect(problemOf(many(101)).status).toBe(400);
  });
});
