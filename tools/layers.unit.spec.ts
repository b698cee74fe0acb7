import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CONFIG = fileURLToPath(new URL('../.dependency-cruiser.mjs', import.meta.url));
const CRUISER = fileURLToPath(
  new URL('../node_modules/dependency-cruiser/bin/dependency-cruise.mjs', import.meta.url),
);

/** Files of a small repository with the same layout as this one. */
type Tree = Record<string, string>;

const SOUND: Tree = {
  'package.json': JSON.stringify({
    type: 'module',
    imports: {
      '#libs/*': { source: './libs/*/src/index.ts', default: './dist/libs/*/src/index.js' },
      '#apps/*': { source: './apps/*/src/index.ts', default: './dist/apps/*/src/index.js' },
    },
    dependencies: { '@nestjs/common': '1', avsc: '1', kafkajs: '1', uuid: '1' },
    devDependencies: { 'fast-check': '1' },
  }),
  'tsconfig.json': JSON.stringify({ compilerOptions: { module: 'nodenext', customConditions: ['source'] } }),
  ...Object.fromEntries(
    ['@nestjs/common', 'avsc', 'kafkajs', 'uuid', 'fast-check'].flatMap((name) => [
      [`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' })],
      [`node_modules/${name}/index.js`, ''],
    ]),
  ),
  'libs/kernel/src/index.ts': "export * from './ids.js';",
  'libs/kernel/src/ids.ts': "import 'uuid';",
  'libs/orders/src/index.ts': "import '#libs/kernel';",
  'libs/orders/src/order.unit.spec.ts':
    "import 'fast-check'; import 'node:fs'; import '#libs/testing'; import './an.fixture.js';",
  'libs/orders/src/an.fixture.ts': "import 'fast-check';",
  'libs/inventory/src/index.ts': "import '#libs/kernel';",
  'libs/contracts/src/index.ts': "import 'avsc'; import 'node:crypto'; import '#libs/orders';",
  'libs/event-store/src/index.ts': "import '#libs/kernel';",
  'libs/event-store/conformance/src/index.ts': "import '#libs/event-store';",
  'libs/event-store/conformance/jest/src/index.ts':
    "import 'fast-check'; import '#libs/event-store/conformance';",
  'libs/event-store-kafka/src/index.ts':
    "import 'kafkajs'; import '#libs/event-store'; import '#libs/contracts';",
  'libs/event-store-kafka/src/log.int.spec.ts': "import '#libs/event-store/conformance/jest';",
  'libs/event-store-kafka/src/doctor/probe.ts': "import '#libs/event-store/conformance';",
  'libs/testing/src/index.ts': "import '#libs/orders'; import 'fast-check';",
  'apps/command-api/src/index.ts': "import '@nestjs/common'; import '#libs/orders';",
  'apps/query-api/src/index.ts': "import '#libs/kernel';",
  'apps/standalone/src/index.ts': "import '#apps/command-api'; import '#apps/query-api';",
};

/** Each run of dependency-cruiser starts a process and takes a second or more. */
const PATIENCE = 30_000;

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'layers-')));
});
afterEach(() => rmSync(root, { recursive: true }));

/** The violations in a tree, as `<rule>: <from>`. */
async function violations(tree: Tree): Promise<string[]> {
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const output = await new Promise<string>((resolve) => {
    const options = ['libs', 'apps', '--config', CONFIG, '--output-type', 'json'];
    // The exit code is the number of violations, which execFile reports as an error.
    execFile(process.execPath, [CRUISER, ...options], { cwd: root }, (_error, stdout) => resolve(stdout));
  });
  const { summary } = JSON.parse(output) as {
    summary: { violations: { from: string; rule: { name: string } }[]; totalCruised: number };
  };
  expect(summary.totalCruised).toBeGreaterThan(10);
  return [...new Set(summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`))].toSorted();
}

describe('the rules about layers', () => {
  it(
    'accept sound imports',
    async () => {
      expect(await violations(SOUND)).toEqual([]);
    },
    PATIENCE,
  );

  it(
    'find every kind of unsound import',
    async () => {
      const found = await violations({
        ...SOUND,
        'libs/orders/src/framework.ts': "import { Injectable } from '@nestjs/common';",
        'libs/orders/src/upwards.ts': "import type { EventCodec } from '#libs/contracts';",
        'libs/orders/src/sideways.ts': "import '#libs/inventory';",
        'libs/orders/src/clock.ts': "import 'node:fs';",
        'libs/orders/src/secrets.ts': "import 'node:crypto';",
        'libs/orders/src/around.ts': "import '../../kernel/src/ids.js';",
        'libs/orders/src/one.ts': "import './two.js';",
        'libs/orders/src/two.ts': "import type { One } from './one.js';",
        'libs/orders/src/lost.ts': "import './nowhere.js';",
        'libs/orders/src/kit.ts': "import '#libs/testing';",
        'libs/orders/src/example.ts': "export * from './an.fixture.js';",
        'libs/contracts/src/broker.ts': "export * from 'kafkajs';",
        'libs/event-store-kafka/src/suite.ts': "import '#libs/event-store/conformance';",
        'libs/event-store-kafka/src/doctor/tests.ts': "import '#libs/event-store/conformance/jest';",
        'libs/event-store/conformance/src/framework.ts': "import 'fast-check';",
        'libs/event-store-kafka/src/development.ts': "import 'fast-check';",
        'libs/event-store-kafka/src/app.ts': "const app = await import('#apps/query-api');",
        'libs/newcomer/src/index.ts': "import '#libs/kernel';",
        'apps/command-api/src/other.ts': "import '#apps/query-api';",
      });
      expect(found).toEqual([
        'apps-are-independent: apps/command-api/src/other.ts',
        'conformance-suites-in-specs-only: libs/event-store-kafka/src/suite.ts',
        'contracts-imports-no-framework-or-client: libs/contracts/src/broker.ts',
        'event-store-imports-no-framework-or-client: libs/event-store/conformance/src/framework.ts',
        'import-must-exist: libs/orders/src/lost.ts',
        'import-other-libraries-by-name: libs/orders/src/around.ts',
        'library-needs-a-rank: libs/newcomer/src/index.ts',
        'no-import-cycles: libs/orders/src/one.ts',
        'no-import-of-apps: libs/event-store-kafka/src/app.ts',
        'orders-imports-lower-libraries-only: libs/orders/src/sideways.ts',
        'orders-imports-lower-libraries-only: libs/orders/src/upwards.ts',
        'orders-imports-no-framework-or-client: libs/orders/src/framework.ts',
        'orders-imports-no-node-io: libs/orders/src/clock.ts',
        'orders-imports-no-node-io: libs/orders/src/secrets.ts',
        'production-code-needs-dependencies: libs/event-store-kafka/src/development.ts',
        'production-code-needs-dependencies: libs/event-store/conformance/src/framework.ts',
        'test-code-in-specs-only: libs/event-store-kafka/src/doctor/tests.ts',
        'test-code-in-specs-only: libs/orders/src/example.ts',
        'test-code-in-specs-only: libs/orders/src/kit.ts',
      ]);
    },
    PATIENCE,
  );
});
