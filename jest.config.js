import { SWC } from './tools/typescript/swc.mjs';

/**
 * Jest 30 as native ESM: run it with NODE_OPTIONS=--experimental-vm-modules.
 * A test's tier is its file's suffix, and each tier is a project: `--selectProjects unit property`.
 * The others find their servers through the environment that `npm test` sets; nothing starts here.
 */
const tier = (name, settings = {}) => ({
  displayName: name,
  testMatch: [`<rootDir>/{apps,libs,test,tools}/**/*.${name}.spec.ts`],
  testEnvironment: 'node',
  runner: '<rootDir>/tools/jest/lanes-runner.mjs',
  // `source` makes `#libs/*` resolve to TypeScript, without a build.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  // `.js` first: packages that ship their sources beside their output keep the latter.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1.ts'] },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/\\.orderstream/'],
  testPathIgnorePatterns: ['/node_modules/'],
  transform: { '\\.ts$': ['@swc/jest', SWC] },
  setupFiles: ['reflect-metadata'],
  // Jest takes `testTimeout` for the whole run only.
  setupFilesAfterEnv: ['<rootDir>/tools/jest/time-limits.mjs'],
  ...settings,
});

export default {
  // Each file loads all that it tests anew, and not all of that is ever given back: a process that has grown is replaced.
  // Left to itself, Jest would run all of them in its own where there are two cores.
  workerIdleMemoryLimit: '512MB',
  // A busy machine takes longer than the half second that Jest would give a process to end.
  workerGracefulExitTimeout: 20_000,
  projects: [
    tier('unit'),
    tier('property', { setupFilesAfterEnv: ['<rootDir>/tools/jest/property-runs.mjs'] }),
    tier('int'),
    tier('e2e'),
    tier('slow'),
  ],
};
