/**
 * Jest 30 as native ESM: run it with NODE_OPTIONS=--experimental-vm-modules.
 * A test's tier is its file's suffix, and each tier is a project: `--selectProjects unit property`.
 * `int` and `e2e` find their servers through the environment that `npm test` sets; nothing starts here.
 */
const swc = {
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
  swcrc: false,
};

const tier = (name, settings = {}) => ({
  displayName: name,
  testMatch: [`<rootDir>/{apps,libs,test,tools}/**/*.${name}.spec.ts`],
  testEnvironment: 'node',
  // `source` makes `#libs/*` resolve to TypeScript, without a build.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  // `.js` first: packages that ship their sources beside their output keep the latter.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1.ts'] },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/\\.orderstream/'],
  testPathIgnorePatterns: ['/node_modules/'],
  transform: { '\\.ts$': ['@swc/jest', swc] },
  setupFiles: ['reflect-metadata'],
  ...settings,
});

/** Jest takes `testTimeout` for the whole run only; a setup file sets it for a project. */
const waitsForServers = { setupFilesAfterEnv: ['<rootDir>/tools/jest/server-timeouts.mjs'] };

export default {
  // Each file loads all that it tests anew, and not all of that is ever given back: a process that has grown is replaced.
  // Left to itself, Jest would run all of them in its own where there are two cores.
  workerIdleMemoryLimit: '768MB',
  projects: [
    tier('unit'),
    tier('property'),
    tier('int', waitsForServers),
    // Whole systems on one machine: side by side they would only measure each other.
    tier('e2e', { ...waitsForServers, runner: '<rootDir>/tools/jest/one-at-a-time-runner.mjs' }),
  ],
};
