import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { UncaughtErrors, type UncaughtErrorsParts } from './uncaught-errors.js';

const APP = fileURLToPath(new URL('../testing/failing-app.fixture.mjs', import.meta.url));

describe('an app whose code fails where nobody waits for it', () => {
  let app: ChildProcess;
  let printed: string;

  async function start(env: Record<string, string> = {}): Promise<string> {
    app = spawn(process.execPath, ['--enable-source-maps', APP], {
      env: { PATH: process.env.PATH, HTTP_PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    printed = '';
    for (const stream of [app.stdout, app.stderr])
      stream?.on('data', (chunk) => {
        printed += String(chunk);
      });
    for (;;) {
      const url = /listening on (http:[^"]+)/.exec(printed)?.[1];
      if (url) return url;
      if (app.exitCode !== null) throw new Error(printed);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  afterEach(() => {
    app.kill('SIGKILL');
  });

  const fatalLine = (): Record<string, unknown> => {
    const line = printed.split('\n').find((text) => text.includes('uncaught error'));
    return JSON.parse(line ?? '{}') as Record<string, unknown>;
  };

  it('logs it whole, without secrets, ends in order, and with an exit code', async () => {
    const url = await start();
    expect(await (await fetch(`${url}/fail/exception`)).text()).toBe('soon');
    const [code] = (await once(app, 'exit')) as [number];
    expect(code).toBe(1);
    expect(fatalLine()).toMatchObject({
      level: 60,
      origin: 'exception',
      err: {
        type: 'Error',
        stack: expect.stringContaining('failing-app.fixture'),
        cause: { type: 'TypeError', message: 'the cause', stack: expect.any(String) },
      },
    });
    expect(printed).toContain('stopped in order');
    expect(printed).not.toContain('hidden');
  });

  it('does so for a promise that nobody waited for', async () => {
    const url = await start();
    await fetch(`${url}/fail/rejection`);
    const [code] = (await once(app, 'exit')) as [number];
    expect([code, fatalLine().origin]).toEqual([1, 'rejection']);
  });

  it('ends within bounds though its stop hangs', async () => {
    const url = await start({ HANG: 'true', SHUTDOWN_TIMEOUT_MS: '1000' });
    await fetch(`${url}/fail/exception`);
    const [code] = (await once(app, 'exit')) as [number];
    expect(code).toBe(1);
  });
});

describe('the last defence', () => {
  function setUp(parts: Partial<UncaughtErrorsParts> = {}) {
    const logged: unknown[] = [];
    const exits: number[] = [];
    let stops = 0;
    const defence = new UncaughtErrors({
      log: (error) => logged.push(error),
      stop: async () => void stops++,
      exit: (code) => exits.push(code),
      withinMs: 60_000,
      ...parts,
    });
    return { defence, logged, exits, stops: () => stops };
  }
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('ends once, whatever else fails meanwhile', async () => {
    const { defence, logged, exits, stops } = setUp();
    defence.handle('first', 'exception');
    defence.handle('second', 'rejection');
    await settled();
    expect([logged, exits, stops()]).toEqual([['first', 'second'], [1], 1]);
  });

  it('ends though the stop and the log fail', async () => {
    const { defence, exits } = setUp({
      stop: () => Promise.reject(new Error('stop')),
      log: () => {
        throw new Error('log');
      },
    });
    defence.handle(new Error('first'), 'exception');
    await settled();
    expect(exits).toEqual([1]);
  });

  it('does not fill the log', () => {
    const { defence, logged } = setUp({ stop: () => new Promise(() => undefined) });
    for (let index = 0; index < 1_000; index++) defence.handle(index, 'exception');
    expect(logged.length).toBeLessThan(100);
  });
});
