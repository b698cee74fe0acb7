import { writeRunningFiles } from './running-file.mjs';

/** Keeps the running files up to date while processes are restarted. */
export class RunningFiles {
  #supervisor;
  /** @type {Record<string, number>} */
  #pids = {};
  /** @type {Omit<import('./running-file.mjs').RunningSystem, 'pids'> | undefined} */
  #known;
  /** @type {Record<string, string>} */
  #appSettings = {};

  /** @param {import('./supervision/supervisor.mjs').Supervisor} supervisor */
  constructor(supervisor) {
    this.#supervisor = supervisor;
  }

  /**
   * @param {string} name
   * @param {number} pid
   */
  started(name, pid) {
    this.#pids[name] = pid;
    this.#write();
  }

  /**
   * @param {Omit<import('./running-file.mjs').RunningSystem, 'pids'>} known
   * @param {Record<string, string>} appSettings see `writeRunningFiles`
   */
  publish(known, appSettings) {
    this.#known = known;
    this.#appSettings = appSettings;
    this.#write();
  }

  /** Writes nothing until everything is known. */
  #write() {
    if (!this.#known) return;
    const own = { launcher: process.pid, watchdog: this.#supervisor.watchdogPid };
    writeRunningFiles({ ...this.#known, pids: { ...own, ...this.#pids } }, this.#appSettings);
  }
}
