import { exportedNames, namesExportedTwice } from './exported-names.js';

describe('the exported names of a file', () => {
  it.each([
    ['export interface Order {}', ['Order']],
    ['export type Order = string;', ['Order']],
    ['export abstract class Order {}', ['Order']],
    ['export const enum Order { Open }', ['Order']],
    ['export async function placed() {}', ['placed']],
    ['export const one = 1, two = 2;', ['one', 'two']],
    ['export const { one, deep: [two] } = values;', ['one', 'two']],
    ['const one = 1; export { one };', ['one']],
    ['const one = 1; export { one as two };', ['two']],
    ["export { one as two } from './one.js';", ['two']],
    ["export * as ones from './one.js';", ['ones']],
    ['export type Order = string; export const Order = String;', ['Order']],
    ['export function get(a: 1): 1; export function get(a: unknown) {}', ['get']],
  ])('%s', (text, names) => expect(exportedNames(text)).toEqual(names));

  it.each([
    "export * from './one.js';",
    "export { one, type Two } from './one.js';",
    "import { one } from './one.js'; export { one };",
    "import one from './one.js'; export { one };",
    'export default class Order {}',
    'const one = 1; function two() {} class Order {}',
  ])('no new ones: %s', (text) => expect(exportedNames(text)).toEqual([]));
});

it('reports a name that a library and an app export, but not specs, tests and tools', () => {
  const sources = {
    'libs/orders/order.ts': 'export const open = 1; export const shut = 1;',
    'libs/orders/index.ts': "export * from './order.js'; export { open } from './order.js';",
    'apps/cli/src/valve.ts': 'export const open = 2;',
    'apps/cli/src/valve.unit.spec.ts': 'export const shut = 2;',
    'test/e2e/valve.ts': 'export const shut = 2;',
    'tools/valve.ts': 'export const shut = 2;',
  };
  expect(namesExportedTwice(Object.entries(sources).map(([path, text]) => ({ path, text })))).toEqual([
    'open is exported by libs/orders/order.ts and apps/cli/src/valve.ts: rename all but one',
  ]);
});
