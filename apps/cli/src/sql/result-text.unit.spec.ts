import { type QueryRows, resultText } from './result-text.js';

const RESULT: QueryRows = {
  columns: [
    { name: 'day', isNumber: false },
    { name: 'orders', isNumber: true },
    { name: 'revenue', isNumber: true },
  ],
  rows: [
    ['2026-01-30', 2n, 12.5],
    ['2026-01-31', 9007199254740993n, 50],
    ['a "b", c\n', null, 0],
  ],
};

describe('the result of a query', () => {
  it('is a table', () => {
    expect(resultText(RESULT, 'table')).toBe(
      [
        'day                   orders  revenue',
        '──────────  ────────────────  ───────',
        '2026-01-30                 2     12.5',
        '2026-01-31  9007199254740993       50',
        `a "b", c\\n${' '.repeat(26)}0`,
        '3 rows',
      ].join('\n'),
    );
  });

  it('is CSV', () => {
    expect(resultText(RESULT, 'csv')).toBe(
      'day,orders,revenue\n2026-01-30,2,12.5\n2026-01-31,9007199254740993,50\n"a ""b"", c\n",,0',
    );
  });

  it('is JSON, without rounding', () => {
    expect(resultText(RESULT, 'json')).toBe(
      `[
  {"day": "2026-01-30", "orders": 2, "revenue": 12.5},
  {"day": "2026-01-31", "orders": 9007199254740993, "revenue": 50},
  {"day": "a \\"b\\", c\\n", "orders": null, "revenue": 0}
]`,
    );
    expect(resultText({ ...RESULT, rows: [] }, 'json')).toBe('[]');
  });

  it('is a chart of its last number', () => {
    expect(
      resultText(RESULT, 'chart')
        .split('\n')
        .map((line) => line.trimEnd()),
    ).toEqual([
      'day                   orders  revenue',
      `2026-01-30                 2     12.5  ${'█'.repeat(10)}`,
      `2026-01-31  9007199254740993       50  ${'█'.repeat(40)}`,
      `a "b", c\\n${' '.repeat(26)}0`,
    ]);
  });

  it('is a chart with a scale for each currency', () => {
    const columns = [
      { name: 'currency', isNumber: false },
      { name: 'revenue', isNumber: true },
    ];
    const rows = [
      ['EUR', 10],
      ['JPY', 2_000],
      ['EUR', 5],
    ];
    expect(resultText({ columns, rows }, 'chart').split('\n').slice(1)).toEqual([
      `EUR            10  ${'█'.repeat(40)}`,
      `JPY          2000  ${'█'.repeat(40)}`,
      `EUR             5  ${'█'.repeat(20)}`,
    ]);
  });

  it('is a table where there is no number to chart', () => {
    const texts = { columns: [{ name: 'a', isNumber: false }], rows: [['x']] };
    expect(resultText(texts, 'chart')).toBe('a\n─\nx\n1 row');
  });
});
