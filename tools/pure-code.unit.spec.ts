import { impureUses, impureUsesIn } from './pure-code.js';

describe('pure code', () => {
  it.each([
    ['const t = Date.now();', 'Date.now'],
    ["const t = Date['now']();", 'Date.now'],
    ['const clock = { now: Date.now };', 'Date.now'],
    ['const { now: time } = Date;', 'Date.now'],
    ['const t = globalThis.Date.now();', 'Date.now'],
    ['const t = new Date().toISOString();', 'new Date()'],
    ['const t = new Date;', 'new Date()'],
    ['const t = Date();', 'Date()'],
    ['const n = Math.random();', 'Math.random'],
    ['const { random } = Math;', 'Math.random'],
    ['const t = performance.now();', 'performance.now'],
    ['const id = crypto.randomUUID();', 'crypto.randomUUID'],
    ['const t = process.hrtime.bigint();', 'process.hrtime'],
    ['setTimeout(() => {}, 1_000);', 'setTimeout()'],
  ])('may not say %s', (text, use) => {
    expect(impureUsesIn(`// Date.now()\n${text}`)).toEqual([{ line: 2, use }]);
  });

  it.each([
    'const t = new Date(event.occurredAt).getTime();',
    'const t = Date.parse(text);',
    'const n = Math.max(1, 2);',
    'const t = clock.now();',
    "const text = 'Date.now()'; // new Date()",
    'const isTime = (value: unknown): value is Date => value instanceof Date;',
  ])('may say %s', (text) => expect(impureUsesIn(text)).toEqual([]));
});

it('looks at pure rooms and files, but not at tests and the sources of time', () => {
  const paths = [
    'libs/delivery/core/retry.ts',
    'libs/delivery/postgres/rows.projection.ts',
    'libs/orders/decide.ts',
    'libs/orders/decide.unit.spec.ts',
    'libs/orders/order.fixture.ts',
    'libs/delivery/postgres/rows.ts',
    'libs/kernel/clock.ts',
  ];
  const code = paths.map((path) => ({ path, text: '\nexport const now = Date.now();' }));
  const pure = {
    rooms: ['kernel', 'orders', '*/core'],
    files: ['\\.projection\\.ts$'],
    sources: ['libs/kernel/clock.ts'],
  };
  const message = 'Date.now is forbidden in pure code: take the time, the id or the number as an argument';
  expect(impureUses(code, pure)).toEqual(paths.slice(0, 3).map((path) => `${path}:2: ${message}`));
});
