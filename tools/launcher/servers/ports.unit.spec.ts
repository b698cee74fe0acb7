import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, lastingPorts, Ports } from './ports.mjs';

describe('the ports of a system', () => {
  let folder: string;
  let file: string;
  const strangers: Server[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orderstream-ports-'));
    file = join(folder, 'ports.json');
  });
  afterEach(async () => {
    for (const stranger of strangers.splice(0)) await new Promise((resolve) => stranger.close(resolve));
    rmSync(folder, { recursive: true });
  });

  /** Another process takes the port. */
  async function take(port: number): Promise<void> {
    const stranger = createServer().listen(port, '127.0.0.1');
    strangers.push(stranger);
    await once(stranger, 'listening');
  }
  const remembered = () => JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
  const launched = (...ports: number[]) => Promise.resolve(ports);
  const failed = () => Promise.reject(new Error('kafka ended before it was ready'));

  it('are those of the last start, that of the API too', async () => {
    await take(await portOf(lastingPorts(file), 'http'));
    const other = await portOf(lastingPorts(file), 'http');
    expect(remembered()).toMatchObject({ http: other });
    expect(await portOf(lastingPorts(file), 'http')).toBe(other);
  });

  it('are chosen anew where one is taken between the choice and the start', async () => {
    const ports = new Ports({ last: { kafka: await freePort(), controller: await freePort() }, file });
    const tried: number[][] = [];
    const start = ports.starter(['kafka', 'controller'], async (...chosen: number[]) => {
      tried.push(chosen);
      if (tried.length > 1) return chosen;
      await take(chosen[1]!);
      return failed();
    });
    const [kafka, controller] = await start();
    expect(tried).toHaveLength(2);
    expect(kafka).toBe(tried[0]![0]);
    expect(controller).not.toBe(tried[0]![1]);
    expect(remembered()).toEqual({ kafka, controller });
  });

  it('stay the same at a restart', async () => {
    const start = new Ports().starter(['kafka'], launched);
    const first = await start();
    await take(first[0]!);
    expect(await start()).toEqual(first);
  });

  it('do not hide any other failure of a start', async () => {
    let attempts = 0;
    const start = new Ports().starter(['kafka'], () => {
      attempts++;
      return failed();
    });
    await expect(start()).rejects.toThrow('kafka ended before it was ready');
    expect(attempts).toBe(1);
  });

  it('are given up after five attempts', async () => {
    let attempts = 0;
    const start = new Ports().starter(['kafka'], async (port) => {
      attempts++;
      await take(port);
      return failed();
    });
    await expect(start()).rejects.toThrow('kafka ended before it was ready');
    expect(attempts).toBe(5);
  });

  it('are the ones that the user wants, or none', async () => {
    const wanted = await freePort();
    expect(await portOf(lastingPorts(file, wanted), 'http')).toBe(wanted);
    await take(wanted);
    await expect(lastingPorts(file, wanted).checkWanted()).rejects.toThrow(`Port ${wanted} is taken`);
    await expect(portOf(lastingPorts(file, wanted), 'http')).rejects.toThrow(`Port ${wanted} is taken`);
    expect(existsSync(file)).toBe(false);
  });

  it('are any free ones where the user wants any, which are not remembered', async () => {
    expect(await portOf(lastingPorts(file, 0), 'http')).toBeGreaterThanOrEqual(20_000);
    expect(existsSync(file)).toBe(false);
  });

  const portOf = async (ports: Ports, name: string) => (await ports.starter([name], launched)())[0]!;
});
