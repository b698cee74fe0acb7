import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

describe('the check of exported names', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'exported-names-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  it('reports a name that a library and an app export, but not specs and generated code', () => {
    write('libs/orders/order.ts', 'export const open = 1; export const shut = 1;');
    write('libs/orders/index.ts', "export * from './order.js'; export { open } from './order.js';");
    write('apps/cli/src/valve.ts', 'export const open = 2;');
    write('apps/cli/src/valve.unit.spec.ts', 'export const shut = 2;');
    write('libs/contracts/src/generated/types.ts', 'export const shut = 2;');
    expect(namesExportedTwice(root)).toEqual([
      'open is exported by apps/cli/src/valve.ts and libs/orders/order.ts: rename all but one',
    ]);
  });
});
