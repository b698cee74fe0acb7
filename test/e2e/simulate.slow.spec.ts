import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { makeTestDirectory } from '#libs/testing';
import { runCli } from '../../tools/launcher/embedded.mjs';
import { Mailbox } from '../systems/mailbox.js';
import { useSharedSystem } from './system.fixture.js';

const ADDS_UP = /^The ledger adds up\.$/m;

describe('orderstream simulate', () => {
  const settings: Record<string, string> = { FULFILMENT_ENABLED: 'true' };
  let mailbox: Mailbox;
  let directory: string;
  beforeAll(async () => {
    directory = await makeTestDirectory('simulate');
    mailbox = await Mailbox.open(join(directory, 'mail'));
    settings['SMTP_URL'] = mailbox.server.url;
  });
  const { system, client } = useSharedSystem({ settings });
  afterAll(() => mailbox.server.stop());

  const environment = () => ({ ORDERSTREAM_URL: system.app.url, ORDERSTREAM_API_KEY: client.apiKey });

  it('plays a shop whose ledger adds up', async () => {
    const args = ['simulate', '--rate', '8', '--for', '5s', '--seed', '7', '--drain', '5m'];
    const output = await runCli({ args, env: environment(), logFile: join(directory, 'simulate.log') });
    expect(output).toMatch(ADDS_UP);
    const [, created, sold] = /orders: (\d+) created = (\d+) confirmed or later \+/.exec(output) ?? [];
    expect(Number(created)).toBeGreaterThan(10);
    expect(Number(sold)).toBeGreaterThan(0);
    expect(output).toMatch(/ \+ 0 still open$/m);
    const [, confirmations, cancellations] =
      /mails: (\d+) confirmations and (\d+) cancellations/.exec(output) ?? [];
    const mails = await mailbox.texts();
    const subjects = (subject: RegExp) => mails.filter((mail) => subject.test(mail)).length;
    expect(subjects(/^Subject: .*confirmed/im)).toBe(Number(confirmations));
    expect(subjects(/^Subject: .*cancelled/im)).toBe(Number(cancellations));
  });

  it('ends at Ctrl-C with its ledger', async () => {
    const simulator = start('--rate', '4', '--for', '1h', '--drain', '5m');
    const output = text(simulator.stdout);
    await expectOrders();
    simulator.kill('SIGINT');
    const [code] = (await once(simulator, 'exit')) as [number];
    expect(await output).toMatch(ADDS_UP);
    expect(code).toBe(0);
  });

  it('says what is wrong with the key, and exits with 1', async () => {
    const simulator = start('--api-key', 'os_wrong');
    const errors = text(simulator.stderr);
    const [code] = (await once(simulator, 'exit')) as [number];
    expect([code, await errors]).toEqual([1, expect.stringContaining('refused the API key')]);
  });

  function start(...args: string[]) {
    return spawn(process.execPath, ['apps/cli/bin/orderstream.js', 'simulate', ...args], {
      env: { ...process.env, ...environment() },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 600_000,
      killSignal: 'SIGKILL',
    });
  }

  /** Waits for new orders, by the API. */
  async function expectOrders(): Promise<void> {
    const { body } = await client.get('/v1/events?eventTypes=order.created&wait=0');
    const after = encodeURIComponent(body.cursor);
    const next = await client.get(`/v1/events?eventTypes=order.created&wait=60&after=${after}`);
    expect(next.body.items.length).toBeGreaterThan(0);
  }
});
