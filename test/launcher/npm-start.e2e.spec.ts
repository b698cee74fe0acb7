import { type ChildProcess, spawn } from 'node:child_process';
import { parseEnv } from 'node:util';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { outputOf, PATIENCE_MS, run } from './launched.fixture.js';
import { until } from './until.js';
import { serversOfSharedSystem } from '../e2e/system.fixture.js';
import { makeStartRoot, REPOSITORY } from '../systems/start-root.js';

interface Running {
  readonly url: string;
  readonly pids: { readonly app: number };
}

/** The line that the listener printed of an event. */
const lineOf = (printed: string, type: string, id: string): string | undefined =>
  printed.split('\n').find((line) => line.includes(` ${type} `) && line.includes(id));

it(
  'npm start reports wrong settings before it starts or asks any server',
  async () => {
    const root = makeStartRoot();
    try {
      const script = join(root, 'tools/launcher/start.mjs');
      const unreachable = { KAFKA_BROKERS: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' };
      const env = { PATH: process.env.PATH, ...unreachable, FULFILMENT_FRAUD_RULES: 'nonsense' };
      const [launcher, printed] = run([script], env);
      const [code] = (await once(launcher, 'close')) as [number];
      expect(printed()).toBe('\nWrong settings:\n  FULFILMENT_FRAUD_RULES: must be a JSON array of rules\n');
      expect(code).toBe(1);
      expect(readdirSync(join(root, '.orderstream/logs'))).toEqual([]);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  },
  PATIENCE_MS,
);

describe('npm start', () => {
  let root: string;
  let launcher: ChildProcess;
  let printed = () => '';

  beforeAll(async () => {
    root = makeStartRoot();
    const env = { PATH: process.env.PATH, ...(await serversOfSharedSystem()) };
    const script = join(root, 'tools/launcher/start.mjs');
    [launcher, printed] = run([script, '--port', '0'], env);
    await until(() => running() !== undefined, PATIENCE_MS, printed);
  }, 2 * PATIENCE_MS);
  afterAll(async () => {
    launcher.kill('SIGKILL');
    await until(() => !existsSync(join(root, '.orderstream/processes.ndjson')), PATIENCE_MS);
    rmSync(root, { recursive: true, force: true });
  }, 2 * PATIENCE_MS);

  function running(): Running | undefined {
    const file = join(root, '.orderstream/running.json');
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Running) : undefined;
  }

  it(
    'restarts a killed app at the same address and writes its new pid down',
    async () => {
      const before = running();
      process.kill(before?.pids.app ?? 0, 'SIGKILL');
      await until(() => running()?.pids.app !== before?.pids.app, PATIENCE_MS, printed);
      expect((await fetch(`${running()?.url}/health/ready`)).status).toBe(200);
      expect(running()?.url).toBe(before?.url);
      expect(printed()).toContain('app ended by itself (SIGKILL). It is started again in 0.5 s.');
    },
    2 * PATIENCE_MS,
  );

  it(
    'writes an app.env that is enough to start one app by itself',
    async () => {
      const settings = parseEnv(readFileSync(join(root, '.orderstream/app.env'), 'utf8'));
      const program = join(REPOSITORY, 'dist/apps/webhook-api/src/main.js');
      const env = { PATH: process.env.PATH, ...settings, HTTP_PORT: '0' };
      const [app, log] = run([program], env);
      try {
        await until(() => log().includes('listening') || app.exitCode !== null, PATIENCE_MS);
        expect({ exitCode: app.exitCode, log: log() }).toMatchObject({
          exitCode: null,
          log: expect.stringContaining('listening'),
        });
      } finally {
        app.kill('SIGKILL');
      }
    },
    PATIENCE_MS,
  );

  it('names the folder of the mails that it catches', () => {
    expect(printed()).toMatch(/^ +mail +\.orderstream\/mail\/ /m);
    expect(statSync(join(root, '.orderstream/mail')).mode & 0o077).toBe(0);
  });

  it(
    'does what the README says, from the first order to the mail and the story of its process',
    async () => {
      const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
      const [, listen = '', order = '', story = ''] = [...readme.matchAll(/^```sh\n([^]*?)^```$/gm)].map(
        ([, script]) => script,
      );
      const shell = (script: string) =>
        spawn('bash', ['-euc', script], { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
      const listener = shell(listen);
      let heard = '';
      for (const stream of [listener.stdout, listener.stderr])
        stream.on('data', (chunk) => {
          heard += String(chunk);
        });
      try {
        await until(
          () => heard.includes('listening'),
          PATIENCE_MS,
          () => heard,
        );
        const { orderId } = JSON.parse(await outputOf(shell(order))) as { orderId: string };
        for (const type of ['order.created', 'payment.captured', 'order.confirmed', 'email.sent'])
          await until(
            () => lineOf(heard, type, orderId) !== undefined,
            PATIENCE_MS,
            () => heard,
          );
        expect(lineOf(heard, 'order.created', orderId)).toMatch(/ v1 .* attempt 1 {2}signature ok$/);
        const told = await outputOf(shell(`. .orderstream/env; ORDER_ID=${orderId}; ${story}`));
        expect(JSON.parse(told)).toMatchObject({ process: 'order-fulfilment', subject: orderId });
        const mails = readdirSync(join(root, '.orderstream/mail')).filter((name) => name.endsWith('.eml'));
        const texts = mails.map((name) => readFileSync(join(root, '.orderstream/mail', name), 'utf8'));
        expect(texts.filter((text) => text.includes(orderId))).toHaveLength(1);
      } finally {
        if (listener.pid !== undefined) process.kill(-listener.pid, 'SIGTERM');
      }
    },
    2 * PATIENCE_MS,
  );

  it('writes files that only their owner can read', () => {
    const modeOf = (name: string) => statSync(join(root, '.orderstream', name)).mode & 0o077;
    const secrets = ['running.json', 'env', 'app.env', 'dev-key', 'webhook-key', 'processes.ndjson'];
    expect(secrets.map(modeOf)).toEqual(secrets.map(() => 0));
    expect(['', 'logs'].map(modeOf)).toEqual([0, 0]);
  });

  it('leaves nothing behind when stopped', async () => {
    launcher.kill('SIGTERM');
    const [code] = (await once(launcher, 'exit')) as [number];
    expect([code, running()]).toEqual([0, undefined]);
  });
});
