/** @own-servers */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.js';

/** Each test copies the launcher and so has its own `.orderstream`, which leaves a system that runs here alone. */
const repository = fileURLToPath(new URL('../..', import.meta.url));
let root: string;
let base: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'orderstream-launcher-'));
  base = join(root, '.orderstream');
  for (const part of ['tools/launcher', 'tools/servers']) {
    cpSync(join(repository, part), join(root, part), { recursive: true });
  }
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Addresses of existing servers, with which the launcher needs neither Java nor Maven. */
const GIVEN = { KAFKA_BROKERS: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' };

function start(args: string[], env: Record<string, string> = {}) {
  const script = join(root, 'tools/launcher/start.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  });
  return { status, output: stdout + stderr };
}

describe('npm start reports', () => {
  it('an unknown option', () => {
    const { status, output } = start(['--frehs']);
    expect(output).toContain("Unknown option '--frehs'");
    expect(output).toContain('--help');
    expect(status).toBe(1);
  });

  it('an invalid address, without the password that it may contain', () => {
    const { status, output } = start([], { DATABASE_URL: 'postgresql//user:hidden@host' });
    expect(output).toContain('DATABASE_URL is not an address');
    expect(output).not.toContain('hidden');
    expect(status).toBe(1);
  });

  it('a port in use', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const { status, output } = start(['--port', String(port)], GIVEN);
    holder.close();
    expect(output).toContain(`Port ${port} is taken`);
    expect(status).toBe(1);
    expect(existsSync(join(base, 'processes.ndjson'))).toBe(false);
  });

  it('that Java is missing', () => {
    const path = join(root, 'bin');
    mkdirSync(path);
    symlinkSync(process.execPath, join(path, 'node'));
    const { status, output } = start([], { PATH: path });
    expect(output).toContain('Java 17 or newer is needed');
    expect(output).toContain('apt-get install');
    expect(output).toContain('docker compose up');
    expect(status).toBe(1);
  });
});

describe('a launcher that is killed', () => {
  let parent: ChildProcess;
  let pids: number[];

  beforeEach(async () => {
    const script = join(repository, 'test/launcher/parent-to-be-killed.mjs');
    parent = spawn(process.execPath, [script, base], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(parent.stdout!, 'data');
    ({ pids } = JSON.parse(String(line)));
    await until(() => logOf('orderly').includes('ready') && logOf('stubborn').includes('ready'));
  });

  afterEach(async () => {
    parent.kill('SIGKILL');
    await until(() => !pids.some(isRunning));
  });

  it('keeps a second launcher out of its folder while it runs', () => {
    const { status, output } = start([], GIVEN);
    expect(output).toContain('in this folder');
    expect(output).toContain(`process ${parent.pid}`);
    expect(status).toBe(1);
  });

  it('leaves no process and no running.json behind', async () => {
    parent.kill('SIGKILL');
    await until(() => !pids.some(isRunning));
    expect(logOf('orderly')).toContain('stopped in order');
    expect(existsSync(join(base, 'running.json'))).toBe(false);
    expect(existsSync(join(base, 'processes.ndjson'))).toBe(false);
  });

  it('leaves no process behind even if its folder was removed', async () => {
    rmSync(base, { recursive: true });
    parent.kill('SIGKILL');
    await until(() => !pids.some(isRunning));
  });

  it('leaves its processes for the next launcher to stop if its watchdog was killed too', async () => {
    const [, , watchdog] = pids;
    process.kill(parent.pid!, 'SIGSTOP');
    process.kill(watchdog!, 'SIGKILL');
    parent.kill('SIGKILL');
    await until(() => pids.filter(isRunning).length === 2);
    // This launcher fails at the missing packages, after the clean-up.
    expect(start([], GIVEN).output).not.toContain('runs already');
    await until(() => !pids.some(isRunning));
    expect(existsSync(join(base, 'running.json'))).toBe(false);
  });
});

const logOf = (name: string) => {
  const file = join(base, `${name}.log`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
