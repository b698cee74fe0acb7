import { createRequire } from 'node:module';

// Jest's default runner is a dependency of its core, not of ours: look for it from there.
const require = createRequire(import.meta.url);
const fromCore = createRequire(createRequire(require.resolve('jest')).resolve('@jest/core'));
const { default: TestRunner } = fromCore('jest-runner');

/** Runs a project's test files one after the other, each in a process of its own, whatever `maxWorkers` says. */
export default class OneAtATimeRunner extends TestRunner {
  constructor(globalConfig, context) {
    super({ ...globalConfig, maxWorkers: 1 }, context);
  }
}
