import { codeKind, countDeclarations, filesAtWork, leavesAmong, sizeOf } from './counting.mjs';

it.each([
  ['libs/orders/src/decide.ts', 'product'],
  ['apps/cli/bin/orderstream.js', 'product'],
  ['libs/kafka/core/contest.ts', 'product'],
  ['libs/orders/src/decide.unit.spec.ts', 'tests'],
  ['libs/orders/src/basket.fixture.ts', 'tests'],
  ['libs/testing/src/kit.ts', 'tests'],
  ['libs/event-store/testing/conformance.ts', 'tests'],
  ['libs/event-store/conformance/src/log.ts', 'tests'],
  ['test/bench/cli.mjs', 'tests'],
  ['tools/layers.unit.spec.ts', 'tests'],
  ['tools/launcher/start.mjs', 'tooling'],
  ['jest.config.js', 'tooling'],
  ['libs/contracts/generated/orders.ts', undefined],
  ['docs/code.md', undefined],
  ['schemas/orders/order-created.avsc', undefined],
])('%s is %s', (path, kind) => {
  expect(codeKind(path)).toBe(kind);
});

it('gives the nearest rank of the lines of files', () => {
  const files = Array.from({ length: 10 }, (_, index) => ({
    path: `${index}.ts`,
    text: 'line\n'.repeat(10 - index),
  }));
  expect(sizeOf(files)).toEqual({
    files: 10,
    lines: 55,
    median: 5,
    percentile90: 9,
    largest: { path: '0.ts', lines: 10 },
  });
  expect(sizeOf(files.slice(0, 1))).toMatchObject({ files: 1, median: 10, percentile90: 10 });
});

it('counts classes and interfaces wherever they are declared', () => {
  const text = `
    export interface Shape { readonly sides: number }
    abstract class Drawn {}
    export const mixin = () => class extends Drawn {};
    function local() { interface Inner extends Shape {} return {} as Inner }
    type Alias = { readonly class: string };
    // interface Commented {}
  `;
  expect(countDeclarations({ path: 'shape.ts', text })).toEqual({ classes: 2, interfaces: 2 });
});

it('finds the files that import nothing from the others', () => {
  const files = {
    'controller.ts': `import { Engine } from '#libs/engine';`,
    'engine.ts': `import { Worker } from 'node:worker_threads';
      import type { Writer as Target } from './writer.js'; export class Engine {}`,
    'writer.ts': `import { parse } from './parse.js'; export interface Writer {} export const a = 1, Worker = 2;`,
    'clock.ts': `import { later } from './later.js'; export function now() {} function later() {}`,
    'main.ts': `import './clock.js'; import engine from './engine.js'; export default class {}`,
  };
  const sources = Object.entries(files).map(([path, text]) => ({ path, text }));
  expect(leavesAmong(sources)).toEqual(['writer.ts', 'clock.ts', 'main.ts']);
});

describe('the files at work', () => {
  const atWork = (working: number, ...idle: number[]) =>
    filesAtWork(
      { 'a.ts': { run: working } },
      idle.map((calls) => ({ 'a.ts': { run: calls } })),
      20,
    );

  it.each([
    ['called once for each piece', 20, [0, 0], true],
    ['called for some pieces only', 19, [0, 0], false],
    ['polled as often when idle', 100, [100, 90], false],
    ['polled, and called for each piece', 120, [90, 100], true],
    ['called more often in one idle window', 120, [0, 101], false],
  ])('have a function that is %s: %s calls, %j when idle: %s', (_, working, idle, isIncluded) => {
    expect(atWork(working, ...idle)).toEqual(isIncluded ? ['a.ts'] : []);
  });

  it('do not add up the calls of several functions', () => {
    expect(filesAtWork({ 'a.ts': { one: 15, two: 15 } }, [{}, {}], 20)).toEqual([]);
  });

  it('come in order of their paths', () => {
    const calls = { run: 20 };
    expect(filesAtWork({ 'b.ts': calls, 'a.ts': calls }, [{}], 20)).toEqual(['a.ts', 'b.ts']);
  });
});
