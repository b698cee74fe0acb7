import { once } from 'node:events';
import { Command } from 'commander';
import { systemClock } from '#libs/kernel';
import {
  type ApiClient,
  ApiError,
  type ApiOptions,
  apiClientOf,
  reportingApiErrors,
  withApiOptions,
} from '../api/api-client.js';
import { print } from '../cli-settings.js';
import type { ShownOverview } from '../status/overview.js';
import { statusReport, troublesOf } from '../status/status-report.js';

interface StatusOptions extends ApiOptions {
  readonly watch: boolean;
  readonly json: boolean;
}

const EVERY_MS = 2_000;
/** Clears the screen, and goes to its beginning. */
const CLEAR = '\x1b[2J\x1b[H';

export function statusCommand(): Command {
  const command = new Command('status')
    .description(
      'shows the whole system on one screen; exits with 1 if something needs a person. The key needs the scope `operator`',
    )
    .option('--watch', 'show it anew every two seconds, until Ctrl-C', false)
    .option('--json', 'print it as JSON', false);
  return withApiOptions(command).action((options: StatusOptions) =>
    reportingApiErrors(() => (options.watch ? watch(options) : show(options))),
  );
}

const HOW_TO_GET_A_KEY =
  'Make a key with "npx --no-install orderstream keys create --tenant operators --scopes operator --expires-in 1h", and give it as --api-key.';

async function show(options: StatusOptions): Promise<void> {
  const client = apiClientOf(options);
  const overview = await readOverview(client);
  print(
    options.json ? JSON.stringify(overview, undefined, 2) : statusReport(overview, client.url).join('\n'),
  );
  if (troublesOf(overview).length > 0) process.exitCode = 1;
}

async function watch(options: StatusOptions): Promise<void> {
  const stop = new AbortController();
  void once(process, 'SIGINT').then(() => stop.abort());
  while (!stop.signal.aborted) {
    const lines = await look(options);
    print(CLEAR + lines.join('\n'));
    await systemClock.sleep(EVERY_MS, stop.signal);
  }
}

/** A system that does not answer is what somebody watches for. */
async function look(options: StatusOptions): Promise<string[]> {
  try {
    // The system in this directory may have been restarted at another address.
    const client = apiClientOf(options);
    return statusReport(await readOverview(client), client.url);
  } catch (error) {
    return [(error as Error).message];
  }
}

async function readOverview(client: ApiClient): Promise<ShownOverview> {
  const answer = await client.send({ method: 'GET', path: '/v1/operations/overview' });
  if (answer.isSuccess) return JSON.parse(answer.text) as ShownOverview;
  const { message } = client.refusalOf(answer);
  throw new ApiError([401, 403].includes(answer.status) ? `${message} ${HOW_TO_GET_A_KEY}` : message);
}
