import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Running } from '../supervision/supervisor.mjs';
import { untilReady } from './readiness.mjs';

describe('a started server', () => {
  /** Answers on the port: it stands for the server itself, or for that of another checkout. */
  let answering: Server;
  let port: number;
  let child: ChildProcess;

  beforeEach(async () => {
    answering = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
    await once(answering, 'listening');
    ({ port } = answering.address() as AddressInfo);
    child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
  });
  afterEach(async () => {
    child.kill('SIGKILL');
    answering.closeAllConnections();
    await new Promise((resolve) => answering.close(resolve));
  });

  const ready = (pid: number, seconds: number) => untilReady(running(pid), { port, answers, seconds });
  const answers = async () => (await fetch(`http://127.0.0.1:${port}`)).ok;
  const running = (pid: number): Running => ({
    name: 'payment-gateway',
    pid,
    logFile: undefined,
    exited: once(child, 'exit').then(([code]) => `exit code ${code}`),
    lost: new Promise(() => {}),
    stdout: null,
    stop: async () => void child.kill('SIGKILL'),
  });

  it('is ready when it answers', async () => {
    await expect(ready(process.pid, 20)).resolves.toBeUndefined();
  });

  it('is not ready when another process answers on its port', async () => {
    await expect(ready(child.pid!, 0.5)).rejects.toThrow('payment-gateway was not ready within 0.5 s.');
  });

  it('has failed when it ends while another process answers on its port', async () => {
    child.stdin!.end();
    await expect(ready(child.pid!, 20)).rejects.toThrow(
      'payment-gateway ended before it was ready (exit code 0).',
    );
  });
});
