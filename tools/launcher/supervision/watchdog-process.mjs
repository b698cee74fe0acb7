import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { recordWatchdog } from './ledger.mjs';
import { identify } from './process-identity.mjs';

const SCRIPT = fileURLToPath(new URL('watchdog.mjs', import.meta.url));

/** Starts the watchdog, restarts it if it is killed, and ends it after an orderly stop. */
export class WatchdogProcess {
  #ledger;
  #leftovers;
  #process;
  #dismissed = false;

  /**
   * @param {string} ledger
   * @param {string[]} leftovers
   */
  constructor(ledger, leftovers) {
    this.#ledger = ledger;
    this.#leftovers = leftovers;
    this.#process = this.#start();
  }

  get pid() {
    return this.#process.pid;
  }

  async dismiss() {
    this.#dismissed = true;
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.ref();
    this.#process.stdin.end('stopped');
    await ended;
  }

  #start() {
    // Open from the start, because the folder may be removed under a running system, even before the watchdog runs.
    const ledger = openSync(this.#ledger, 'r');
    const watchdog = spawn(
      process.execPath,
      [SCRIPT, this.#ledger, String(process.pid), ...this.#leftovers],
      {
        detached: true,
        // NODE_OPTIONS meant for this process could keep the watchdog from starting.
        env: {},
        stdio: ['pipe', 'ignore', 'ignore', ledger],
      },
    );
    closeSync(ledger);
    if (watchdog.pid) recordWatchdog(this.#ledger, identify(watchdog.pid));
    watchdog.once('exit', () => {
      if (!this.#dismissed && existsSync(this.#ledger)) this.#process = this.#start();
    });
    // The watchdog does not keep this process alive.
    watchdog.unref();
    /** @type {import('node:net').Socket} */ (watchdog.stdin).unref();
    return watchdog;
  }
}
