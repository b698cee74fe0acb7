/** @own-servers */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../tools/launcher/embedded.mjs';
import { until } from './until.js';

const program = fileURLToPath(new URL('../../dist/apps/standalone/src/main.js', import.meta.url));

/** No server is there, which an app waits for. */
const SETTINGS = {
  PATH: process.env.PATH,
  HTTP_HOST: '127.0.0.1',
  KAFKA_BROKERS: '127.0.0.1:1',
  SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1',
  DATABASE_URL: 'postgresql://127.0.0.1:1/orderstream',
  WEBHOOK_ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
  PROCESSES: '2',
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('several processes of standalone', () => {
  let app: ChildProcess;
  let printed: string;
  let complaints: string;

  const start = (settings: Record<string, string> = {}) => {
    [printed, complaints] = ['', ''];
    app = spawn(process.execPath, [program], { env: { ...SETTINGS, ...settings } });
    app.stdout?.on('data', (chunk) => (printed += String(chunk)));
    app.stderr?.on('data', (chunk) => (complaints += String(chunk)));
  };
  afterEach(async () => {
    app.kill('SIGKILL');
    await until(() => pids().every((pid) => !isAlive(pid)));
  });

  const lines = () =>
    printed
      .split('\n')
      .flatMap((line): Record<string, unknown>[] => (line.endsWith('}') ? [JSON.parse(line)] : []));
  const started = (number: number) =>
    lines().flatMap(({ msg, process: of, pid }) =>
      msg === 'process started' && of === number ? [Number(pid)] : [],
    );
  const pids = () => [...started(1), ...started(2)];
  const listening = () => lines().filter(({ msg }) => String(msg).startsWith('listening on'));
  const upAndRunning = async () => {
    const port = await freePort();
    start({ HTTP_PORT: String(port) });
    await until(
      () => listening().length === 2,
      undefined,
      () => printed + complaints,
    );
    return `http://127.0.0.1:${port}`;
  };

  it('listen on one port, say in each line of the log which they are, and end together when asked to', async () => {
    const url = await upAndRunning();
    expect(
      listening()
        .map(({ process: of }) => of)
        .toSorted(),
    ).toEqual([1, 2]);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
    app.kill('SIGTERM');
    expect(await once(app, 'exit')).toEqual([null, 'SIGTERM']);
    expect(pids().map(isAlive)).toEqual([false, false]);
  });

  it('end when their supervisor is killed', async () => {
    await upAndRunning();
    app.kill('SIGKILL');
    await until(() => pids().every((pid) => !isAlive(pid)));
  });

  it('are started again when they end by themselves, while the other goes on', async () => {
    const url = await upAndRunning();
    const [[first = 0], [second = 0]] = [started(1), started(2)];
    process.kill(second, 'SIGKILL');
    await until(() => lines().some(({ msg }) => msg === 'process ended by itself; it is started again'));
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('process_cpu_seconds_total');
    await until(
      () => listening().length === 3,
      undefined,
      () => printed,
    );
    expect(started(1)).toEqual([first]);
    expect(started(2)).toHaveLength(2);
  });

  it('are not started with wrong settings, which are named once', async () => {
    start({ LOG_LEVEL: 'loud', WEBHOOK_ENCRYPTION_KEY: '' });
    expect(await once(app, 'close')).toEqual([1, null]);
    expect(complaints.match(/LOG_LEVEL|WEBHOOK_ENCRYPTION_KEY: is required/g)).toEqual([
      'WEBHOOK_ENCRYPTION_KEY: is required',
      'LOG_LEVEL',
    ]);
    expect(printed).toBe('');
  });

  it('end together when the first start fails, with the reason once', async () => {
    const other: Server = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    start({ HTTP_PORT: String(port) });
    expect(await once(app, 'close')).toEqual([1, null]);
    expect(complaints.match(/^Error: .*EADDRINUSE.*$/gm)).toHaveLength(1);
    expect(pids().map(isAlive)).toEqual([false, false]);
    other.close();
  });
});
