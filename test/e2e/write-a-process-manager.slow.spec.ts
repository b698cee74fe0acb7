import { makeTestDirectory } from '#libs/testing';
import { type FollowedPage, followPage, runIn } from './followed-page.fixture.js';

/** Follows docs/write-a-process-manager.md word for word. */
describe('a process manager that the page adds', () => {
  let page: FollowedPage;
  beforeAll(async () => {
    page = await followPage(
      'docs/write-a-process-manager.md',
      await makeTestDirectory('write-a-process-manager'),
    );
  });

  it('changes lines in two existing files, and makes its own', () => {
    expect(page.changed).toEqual([
      'libs/fulfilment/core/process-definitions.ts',
      'libs/fulfilment/targets/targets.module.ts',
    ]);
    expect(page.made).toHaveLength(3);
  });

  it('compiles', () => runIn(page, ['npm', 'run', '-s', 'typecheck']));

  it('is in its layer', () => runIn(page, ['npm', 'run', '-s', 'layers']));

  it('tells why its target gets no answer', () => {
    const program = `
      import { rejects } from 'node:assert/strict';
      const { suppliersTarget } = await import('./libs/fulfilment/targets/suppliers.target.ts');
      const order = suppliersTarget('http://127.0.0.1:65535')({ commandId: 'order-1', payload: {} });
      await rejects(order, { message: /^the supplier does not answer: connect ECONNREFUSED/ });`;
    const typescript = ['--import', './tools/typescript/register.mjs'];
    return runIn(page, [process.execPath, ...typescript, '--input-type=module', '--eval', program]);
  });

  it('meets its specification', () =>
    runIn(
      page,
      [
        process.execPath,
        'node_modules/jest/bin/jest.js',
        '--selectProjects',
        'unit',
        '--testPathPatterns',
        'reorder',
      ],
      { NODE_OPTIONS: '--experimental-vm-modules' },
    ));
});
