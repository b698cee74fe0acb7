/** The example of docs/export.md in Python, with pyarrow where it can be installed. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { makeTestDirectory } from '#libs/testing';
import { preparePython } from '../../e2e/python.fixture.js';
import { exportedLake, LAKE_TOTAL } from './lake.fixture.js';

const python = await preparePython('pyarrow');
const run = promisify(execFile);

describe('an export in pyarrow', () => {
  ('executable' in python ? it : it.skip)('has the types and the rows of the documents', async () => {
    const folder = await exportedLake(await makeTestDirectory('pyarrow'));
    const [, example = ''] = /```python\n([^`]+)```/.exec(await readFile('docs/export.md', 'utf8')) ?? [];
    const { stdout } = await run('executable' in python ? python.executable : '', ['-c', example], {
      cwd: dirname(folder),
    });
    expect(stdout).toMatch(/^_time: timestamp\[us\]$/m);
    expect(stdout).toMatch(/^total: int64$/m);
    expect(stdout).toMatch(/^items: list<.*struct<sku: string, quantity: int64, unitPrice: int64>>$/m);
    expect(stdout).toMatch(/^shippingAddress: map<string, string.*>$/m);
    expect(stdout).toContain(String(LAKE_TOTAL));
  });
});
