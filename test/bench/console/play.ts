/** `npm run bench console`: how long a person waits for the pages of the console on large data. */
import { startBrowser } from '../../systems/browser.js';
import { cpuByRole, MemoryOfRoles } from '../measuring/roles.js';
import { type Place, Stage } from '../measuring/stage.js';
import { beginReport, playRounds } from '../report/report.js';
import { type Contestant, contestantsOn } from './contestants.js';
import { type Ground, prepareGround, type Role } from './ground.js';
import type { Options } from './options.js';
import { type ConsoleOutcome, layoutOf, type Run, type Server } from './report.js';
import { ConsoleTab } from './tab.js';

export async function play(options: Options, place: Place): Promise<void> {
  const report = beginReport(options, layoutOf(options));
  const stage = await Stage.prepare(place);
  const ground = await prepareGround(options, stage, place);
  const outcomes = (await contestantsOn(ground, options.sections)).map(
    (contestant): ConsoleOutcome => ({ contestant, runs: [] }),
  );
  const browser = await startBrowser();
  try {
    const open = () => ConsoleTab.open(browser, ground.app.url, ground.operator.apiKey);
    const shared = await open();
    await playRounds(outcomes, options.rounds, (contestant, round) =>
      place.step(round, async () => {
        // Who stays has a tab of their own, whose memory is theirs.
        const tab = contestant.section === 'stays' ? await open() : shared;
        const run = await measured(ground, () => runIn(tab, contestant, ground, options));
        if (tab !== shared) await tab.close();
        return run;
      }),
    );
    report(outcomes);
  } finally {
    await browser.close();
    await ground.app.stop();
  }
}

async function runIn(
  tab: ConsoleTab,
  contestant: Contestant,
  ground: Ground,
  { seconds }: Options,
): Promise<Omit<Run, 'server'>> {
  if (contestant.section === 'stays') return { stayed: await contestant.stay(tab, ground, seconds) };
  const { path, list } = contestant.page;
  const visit = await tab.visit(path, list);
  return { visit, memory: await tab.memory() };
}

async function measured({ roles }: Ground, work: () => Promise<Omit<Run, 'server'>>): Promise<Run> {
  const memory = new MemoryOfRoles(roles);
  const [before, began] = [cpuByRole(roles), performance.now()];
  const run = await work();
  const [after, elapsedMs] = [cpuByRole(roles), performance.now() - began];
  const { peak } = memory.stop();
  const cpu = (role: Role) => ((after[role] ?? 0) - (before[role] ?? 0)) / 1_000;
  const server: Server = {
    cpuMs: cpu('app'),
    postgresMs: cpu('Postgres'),
    elapsedMs,
    rssMib: peak.app,
  };
  return { ...run, server };
}
