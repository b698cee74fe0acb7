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
      '#libs/*': { source: './libs/*/index.ts', default: './dist/libs/*/index.js' },
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
  'libs/kernel/index.ts': "export * from './ids.js';",
  'libs/kernel/ids.ts': "import 'uuid';",
  'libs/orders/index.ts': "import '#libs/kernel';",
  'libs/orders/order.unit.spec.ts':
    "import 'fast-check'; import 'node:fs'; import '#libs/testing'; import './testing/an.fixture.js';",
  'libs/orders/http/index.ts':
    "import '@nestjs/common'; import '../index.js'; import '#libs/contracts'; import '#libs/platform';",
  'libs/orders/testing/an.fixture.ts': "import 'fast-check';",
  'libs/inventory/index.ts': "import '#libs/kernel';",
  'libs/contracts/index.ts': "import 'avsc'; import 'node:crypto'; import '#libs/orders';",
  'libs/event-store/core/index.ts': "import '#libs/kernel';",
  'libs/event-store/conformance/index.ts': "import '../core/index.js';",
  'libs/event-store/testing/index.ts': "import 'fast-check'; import '../conformance/index.js';",
  'libs/event-store/postgres/index.ts':
    "import '@nestjs/common'; import '../core/index.js'; import '#libs/postgres';",
  'libs/platform/index.ts': "import '#libs/contracts';",
  'libs/postgres/index.ts': "import '#libs/contracts';",
  'libs/kafka/index.ts': "import 'kafkajs'; import '#libs/event-store/core'; import '#libs/contracts';",
  'libs/kafka/log.int.spec.ts': "import '#libs/event-store/testing';",
  'libs/kafka/finding.ts': "import type { LogPromise } from '#libs/event-store/conformance';",
  'libs/projections/postgres/index.ts': "import '../read-models/orders/orders.projection.js';",
  'libs/projections/read-models/orders/orders.projection.ts': "import '#libs/orders';",
  'libs/testing/index.ts': "import '#libs/orders'; import 'fast-check';",
  'apps/cli/src/doctor/probe.ts': "import '#libs/event-store/conformance';",
  'apps/command-api/src/index.ts': "import '@nestjs/common'; import '#libs/orders';",
  'apps/query-api/src/index.ts': "import '#libs/kernel';",
  'apps/standalone/src/index.ts': "import '#apps/command-api'; import '#apps/query-api';",
};

/** Each run of dependency-cruiser is a process of its own, and takes a second or more. */
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
    // It exits with the number of violations, which execFile takes for a failure.
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
    'let sound imports pass',
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
        'libs/orders/framework.ts': "import { Injectable } from '@nestjs/common';",
        'libs/orders/upwards.ts': "import type { EventCodec } from '#libs/contracts';",
        'libs/orders/sideways.ts': "import '#libs/inventory';",
        'libs/orders/shown.ts': "import './http/index.js';",
        'libs/orders/http/inventory.ts': "import '#libs/kafka';",
        'libs/orders/clock.ts': "import 'node:fs';",
        'libs/orders/secrets.ts': "import 'node:crypto';",
        'libs/orders/around.ts': "import '../kernel/ids.js';",
        'libs/orders/one.ts': "import './two.js';",
        'libs/orders/two.ts': "import type { One } from './one.js';",
        'libs/orders/lost.ts': "import './nowhere.js';",
        'libs/orders/kit.ts': "import '#libs/testing';",
        'libs/orders/example.ts': "export * from './testing/an.fixture.js';",
        'libs/contracts/broker.ts': "export * from 'kafkajs';",
        'libs/event-store/core/tables.ts': "import '../postgres/index.js';",
        'libs/event-store/core/pool.ts': "import '@nestjs/common';",
        'libs/event-store/conformance/framework.ts': "import 'fast-check';",
        'libs/projections/read-models/orders/stock.projection.ts': "import '@nestjs/common';",
        'libs/kafka/suite.ts': "import '#libs/event-store/conformance';",
        'libs/kafka/development.ts': "import 'fast-check';",
        'libs/kafka/app.ts': "const app = await import('#apps/query-api');",
        'libs/newcomer/index.ts': "import '#libs/kernel'; import '#libs/orders'; import '@nestjs/common';",
        'libs/event-store/attic/index.ts': "import '#libs/kernel';",
        'apps/command-api/src/other.ts': "import '#apps/query-api';",
        'apps/cli/src/doctor/tests.ts': "import '#libs/event-store/testing';",
      });
      expect(found).toEqual([
        'apps-are-independent: apps/command-api/src/other.ts',
        'conformance-suites-in-specs-only: libs/kafka/suite.ts',
        'contracts-imports-no-framework-or-client: libs/contracts/broker.ts',
        'event-store/conformance-imports-no-framework-or-client: libs/event-store/conformance/framework.ts',
        'event-store/core-imports-lower-ranks-only: libs/event-store/core/tables.ts',
        'event-store/core-imports-no-framework-or-client: libs/event-store/core/pool.ts',
        'import-must-exist: libs/orders/lost.ts',
        'import-other-libraries-by-name: libs/orders/around.ts',
        'newcomer-imports-lower-ranks-only: libs/newcomer/index.ts',
        'newcomer-imports-no-framework-or-client: libs/newcomer/index.ts',
        'no-import-cycles: libs/orders/one.ts',
        'no-import-of-apps: libs/kafka/app.ts',
        'orders-imports-lower-ranks-only: libs/orders/shown.ts',
        'orders-imports-lower-ranks-only: libs/orders/sideways.ts',
        'orders-imports-lower-ranks-only: libs/orders/upwards.ts',
        'orders-imports-no-framework-or-client: libs/orders/framework.ts',
        'orders-imports-no-node-io: libs/orders/clock.ts',
        'orders-imports-no-node-io: libs/orders/secrets.ts',
        'orders/http-imports-lower-ranks-only: libs/orders/http/inventory.ts',
        'production-code-needs-dependencies: libs/event-store/conformance/framework.ts',
        'production-code-needs-dependencies: libs/kafka/development.ts',
        'projection.ts-imports-no-framework-or-client: libs/projections/read-models/orders/stock.projection.ts',
        'room-needs-a-rank: libs/event-store/attic/index.ts',
        'test-code-in-specs-only: apps/cli/src/doctor/tests.ts',
        'test-code-in-specs-only: libs/orders/example.ts',
        'test-code-in-specs-only: libs/orders/kit.ts',
      ]);
    },
    PATIENCE,
  );
});
