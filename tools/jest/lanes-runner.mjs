import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// Jest's default runner is a dependency of its core, so it is resolved from there.
const require = createRequire(import.meta.url);
const fromCore = createRequire(createRequire(require.resolve('jest')).resolve('@jest/core'));
const { default: TestRunner } = fromCore('jest-runner');

const OF_WHOLE_SYSTEM = ['e2e', 'slow'];

/** Marks, in its first comment, a spec of the whole system that starts its own servers. */
const OWN_SERVERS = /^\/\*\*(?:(?!\*\/)[^])*@own-servers/;

/**
 * Runs test files in three lanes, in parallel. In one lane are the specs of the whole system that share the run's servers, in another
 * those that start their own. All other specs are the third, which gets every worker if it is the only one.
 */
export default class LanesRunner {
  supportsEventEmitters = true;
  #runners;

  constructor(globalConfig, context) {
    const withWorkers = (maxWorkers) => new TestRunner({ ...globalConfig, maxWorkers }, context);
    this.#runners = {
      alone: withWorkers(globalConfig.maxWorkers),
      quick: withWorkers(1),
      shared: withWorkers(1),
      own: withWorkers(1),
    };
  }

  on(eventName, listener) {
    const unsubscribes = Object.values(this.#runners).map((runner) => runner.on(eventName, listener));
    return () => {
      for (const unsubscribe of unsubscribes) unsubscribe();
    };
  }

  async runTests(tests, watcher, options) {
    const lanes = { quick: tests.filter(isQuick), shared: [], own: [] };
    for (const test of tests) if (!isQuick(test)) lanes[hasOwnServers(test) ? 'own' : 'shared'].push(test);
    lanes.shared = bySystem(lanes.shared);
    const run = async (lane, runner = lane) => {
      if (lanes[lane].length > 0) await this.#runners[runner].runTests(lanes[lane], watcher, options);
    };
    if (lanes.quick.length === tests.length) return run('quick', 'alone');
    if (options.serial) for (const lane of Object.keys(lanes)) await run(lane);
    else await Promise.all(Object.keys(lanes).map((lane) => run(lane)));
  }
}

/** Specs of the shared system that stop it, or use it with settings of their own. */
const STOPS_IT = /\b(?:serversOfSharedSystem|startSystem)\(/;
const SETTINGS = /useSharedSystem\(\{\s*settings(?:: \w+)?/;

/** Specs that want the same of the shared system one after the other, because each change restarts it. */
function bySystem(tests) {
  const wishes = tests.map((test) => {
    const source = readFileSync(test.path, 'utf8');
    return { test, wish: SETTINGS.exec(source)?.[0] ?? (STOPS_IT.test(source) ? 'stop' : '') };
  });
  return wishes.toSorted((a, b) => (a.wish < b.wish ? -1 : Number(a.wish > b.wish))).map(({ test }) => test);
}

const isQuick = ({ context }) => !OF_WHOLE_SYSTEM.includes(context.config.displayName?.name);
const hasOwnServers = ({ path }) => OWN_SERVERS.test(readFileSync(path, 'utf8'));
