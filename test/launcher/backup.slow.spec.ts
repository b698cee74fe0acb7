import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Client, someOrder } from '../systems/client.js';
import { makeStartRoot, REPOSITORY } from '../systems/start-root.js';
import { outputOf, PATIENCE_MS, run } from './launched.fixture.js';
import { until } from './until.js';

interface Running {
  readonly url: string;
  readonly apiKey: string;
}

/** The commands of that section of docs/backup.md, as they stand there. */
function commandsOf(section: string): string[] {
  const text = readFileSync(join(REPOSITORY, 'docs/backup.md'), 'utf8');
  const [, found = ''] = text.split(`\n## ${section}\n`);
  const [body = ''] = found.split('\n## ');
  return [...body.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, script = '']) => script);
}

describe('the data of npm start', () => {
  const root = makeStartRoot();
  let launcher: ChildProcess | undefined;

  beforeAll(() => {
    mkdirSync(join(root, '.orderstream'), { mode: 0o700 });
    symlinkSync(join(REPOSITORY, '.orderstream/servers'), join(root, '.orderstream/servers'));
  });
  afterAll(async () => {
    if (launcher) await stop(launcher);
    rmSync(root, { recursive: true, force: true });
  });

  async function start(): Promise<Running> {
    const [started, printed] = run([join(root, 'tools/launcher/start.mjs'), '--port', '0'], {
      PATH: process.env.PATH,
    });
    launcher = started;
    const file = join(root, '.orderstream/running.json');
    await until(() => existsSync(file) || started.exitCode !== null, PATIENCE_MS, printed);
    return JSON.parse(readFileSync(file, 'utf8')) as Running;
  }

  async function stop(running: ChildProcess): Promise<void> {
    if (running.exitCode !== null) return;
    running.kill('SIGTERM');
    await once(running, 'exit');
  }

  const shell = (script = 'exit 1') =>
    outputOf(spawn('bash', ['-euc', script], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] }));

  it('is saved and brought back by the commands of docs/backup.md', async () => {
    const [save, restore] = commandsOf('`npm start`');
    const before = await start();
    const orderId = await new Client(() => before.url, before.apiKey).createOrder();
    await stop(launcher!);
    await shell(save);
    for (const name of ['data', 'dev-key', 'webhook-key', 'ports.json'])
      rmSync(join(root, '.orderstream', name), { recursive: true, force: true });

    await shell(restore);
    const after = await start();
    const client = new Client(() => after.url, before.apiKey);
    expect((await client.get(`/v1/orders/${orderId}`)).body).toMatchObject({ orderId });
    expect((await client.step(orderId, 'cancelled')).status).toBe(200);
    expect((await client.post('/v1/orders', someOrder())).status).toBe(201);
  });
});
