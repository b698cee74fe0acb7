import { Command, InvalidArgumentError, Option } from 'commander';
import { type ApiOptions, apiClientOf, reportingApiErrors, withApiOptions } from '../api/api-client.js';
import { print } from '../cli-settings.js';
import { parseDuration } from '../duration.js';
import { addsUp, ledgerText } from '../simulate/ledger.js';
import { LiveLine } from '../simulate/live-line.js';
import { Simulation, type RunSignals } from '../simulate/simulation.js';

interface SimulateOptions extends ApiOptions {
  readonly rate: number;
  readonly for: number;
  readonly drain: number;
  readonly seed?: number;
}

const MINUTE_MS = 60_000;

export function simulateCommand(): Command {
  const command = new Command('simulate')
    .description(
      'play customers, a warehouse and carriers against a running system, and check that everything adds up: ' +
        'exits with 2 if it does not',
    )
    .option('--rate <number>', 'customers a second; most of them order', parseRate, 20)
    .addOption(
      new Option('--for <duration>', 'how long customers come, such as 90s or 5m')
        .argParser(parseDuration)
        .default(5 * MINUTE_MS, '5m'),
    )
    .option(
      '--seed <number>',
      'a whole number: the same one makes the same decisions (default: by chance)',
      parseSeed,
    )
    .addOption(
      new Option('--drain <duration>', 'how long to wait at the end for open orders')
        .argParser(parseDuration)
        .default(MINUTE_MS, '60s'),
    );
  return withApiOptions(command).action((options: SimulateOptions) =>
    reportingApiErrors(() => simulate(options)),
  );
}

async function simulate({ rate, for: forMs, drain: drainMs, ...options }: SimulateOptions): Promise<void> {
  const api = apiClientOf(options);
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
  const interrupts = new Interrupts();
  const simulation = new Simulation(api, { rate, forMs, drainMs, seed }, interrupts);
  print(
    `simulating ${rate} customers/s for ${forMs / 1_000} s at ${api.url}, seed ${seed}, names ${simulation.prefix}-…`,
  );
  print('Ctrl-C ends it early with its ledger; once more, also without waiting for open orders.');
  const live = new LiveLine(() => simulation.line, process.stdout);
  try {
    const ledger = await simulation.run().finally(() => live.end());
    print(ledgerText(ledger));
    const open = simulation.openOrders;
    if (open.length > 0)
      print(`Still open: ${open.slice(0, 10).join(', ')}; see GET /v1/processes/<order id>.`);
    if (!addsUp(ledger)) process.exitCode = 2;
  } finally {
    interrupts.close();
  }
}

/** npx passes a Ctrl-C on that the terminal has sent to both, so two signals at once are one. */
const ONE_PRESS_MS = 500;

/** Ctrl-C, once and again. */
class Interrupts implements RunSignals {
  readonly #stop = new AbortController();
  readonly #cut = new AbortController();
  #last = 0;

  constructor() {
    process.on('SIGINT', this.#take).on('SIGTERM', this.#take);
  }

  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  get cut(): AbortSignal {
    return this.#cut.signal;
  }

  close(): void {
    process.off('SIGINT', this.#take).off('SIGTERM', this.#take);
  }

  readonly #take = (): void => {
    const now = performance.now();
    if (this.stop.aborted && now - this.#last > ONE_PRESS_MS) this.#cut.abort();
    this.#last = now;
    this.#stop.abort();
  };
}

function parseRate(text: string): number {
  const rate = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || rate <= 0 || rate > 10_000)
    throw new InvalidArgumentError('A rate is a number above 0, up to 10000.');
  return rate;
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d{1,10}$/.test(text) || seed >= 2 ** 32)
    throw new InvalidArgumentError('A seed is a whole number from 0 to 4294967295.');
  return seed;
}
