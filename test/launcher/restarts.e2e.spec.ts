/** @own-servers */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from './until.js';

/** Supervises one small program as `npm start` supervises the app. */
const script = fileURLToPath(new URL('keeper.mjs', import.meta.url));

describe('a supervised process', () => {
  let base: string;
  let keeper: ChildProcess;
  let printed: string;

  const start = (program: string) => {
    base = mkdtempSync(join(tmpdir(), 'orderstream-restarts-'));
    keeper = spawn(process.execPath, [script, base, program], { stdio: ['ignore', 'pipe', 'inherit'] });
    printed = '';
    keeper.stdout?.on('data', (chunk) => {
      printed += String(chunk);
    });
  };
  afterEach(async () => {
    if (keeper.exitCode === null) {
      keeper.kill('SIGTERM');
      await once(keeper, 'exit');
    }
    rmSync(base, { recursive: true, force: true });
  });

  const pids = () => [...printed.matchAll(/ready (\d+)/g)].map(([, pid]) => Number(pid));

  it('restarts with a new pid when killed, and appends to its log', async () => {
    start(`console.log('alive', process.pid); setInterval(() => {}, 1_000)`);
    const log = () => readFileSync(join(base, 'program.log'), 'utf8');
    await until(() => pids().length === 1 && log().includes('alive'));
    process.kill(pids()[0] ?? 0, 'SIGKILL');
    await until(() => pids().length === 2);
    expect(printed).toContain('program ended by itself (SIGKILL). It is started again in');
    expect(pids()[1]).not.toBe(pids()[0]);
    await until(() => log().includes(`alive ${pids()[1]}`));
    expect(log()).toContain(`alive ${pids()[0]}`);
  });

  it('stays down after it ends five times, with a message that shows the end of its log', async () => {
    start(`console.log('about to fail'); setTimeout(() => { throw new Error('each time') }, 100)`);
    const [code] = (await once(keeper, 'exit')) as [number];
    expect(code).toBe(1);
    expect(pids()).toHaveLength(5);
    expect(printed).toContain('program ended by itself (exit code 1). That was the end number 5 within');
    expect(printed).toContain('it stays down');
    expect(printed).toContain('Error: each time');
    expect(existsSync(join(base, 'processes.ndjson'))).toBe(false);
  });

  it('does not restart when stopped', async () => {
    start(`setInterval(() => {}, 1_000)`);
    await until(() => pids().length === 1);
    keeper.kill('SIGTERM');
    await once(keeper, 'exit');
    expect(pids()).toHaveLength(1);
    expect(printed).not.toContain('ended by itself');
  });
});
