import { writeRunningFiles } from './running-file.mjs';

/** What others are told of the running system, kept true while its processes are started again. */
export class RunningSystem {
  #supervisor;
  /** @type {Record<string, number>} */
  #pids = {};
  /** @type {Omit<import('./running-file.mjs').RunningSystem, 'pids'> | undefined} */
  #known;

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

  /** @param {Omit<import('./running-file.mjs').RunningSystem, 'pids'>} known */
  tell(known) {
    this.#known = known;
    this.#write();
  }

  /** Nobody looks for it before all of it is known. */
  #write() {
    if (!this.#known) return;
    const own = { launcher: process.pid, watchdog: this.#supervisor.watchdogPid };
    writeRunningFiles({ ...this.#known, pids: { ...own, ...this.#pids } });
  }
}
