import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { LaunchFailure } from '../failure.mjs';
import { PRIVATE_UMASK } from '../private-folder.mjs';
import { claimLedger, closeLedger, readLedger, recordProcess } from './ledger.mjs';
import { keepRunning } from './kept-process.mjs';
import { identify, isAlive } from './process-identity.mjs';
import { LAYER, signalGroup, stopProcess, stopProcesses } from './stopping.mjs';
import { WatchdogProcess } from './watchdog-process.mjs';

/**
 * @typedef {object} Program
 * @property {string} name
 * @property {string} command
 * @property {string[]} args
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number | undefined} [uid]
 * @property {number | undefined} [gid]
 * @property {string} [logFile] takes its output; without one the output goes where ours goes
 * @property {number} [layer]
 * @property {NodeJS.Signals} [stopSignal]
 * @property {number} [graceSeconds]
 *
 * @typedef {object} Running
 * @property {string} name
 * @property {number} pid
 * @property {string | undefined} logFile
 * @property {Promise<string>} exited how it ended, in words
 * @property {Promise<LaunchFailure>} lost resolves when it ends though nobody asked it to
 * @property {import('node:stream').Readable | null} stdout where the output is captured
 * @property {(signal?: NodeJS.Signals) => Promise<void>} stop
 */

const SUCCESS = 'exit code 0';

/**
 * Starts processes so that none outlives this one. Each leads a process group of its own, which a terminal's Ctrl-C does
 * not reach, and is in the ledger from its first moment.
 */
export class Supervisor {
  #ledger;
  /** @type {string[]} */
  #leftovers;
  /** @type {import('./stopping.mjs').Entry[]} */
  #entries = [];
  /** @type {Promise<string>[]} */
  #exits = [];
  #stopping = false;
  #hurry = new AbortController();
  /** @type {WatchdogProcess | undefined} */
  #watchdog;
  /** Logs of this run: a process that is started again goes on with its own. @type {Set<string>} */
  #logs = new Set();
  /** @type {(failure: LaunchFailure) => void} */
  #reportLoss = () => {};

  /**
   * Resolves when a process has ended for good that should still run.
   * @type {Promise<LaunchFailure>}
   */
  lost = new Promise((resolve) => {
    this.#reportLoss = resolve;
  });

  /**
   * @param {string} ledger
   * @param {string[]} [leftovers] files and folders that go when all has stopped
   */
  constructor(ledger, leftovers = []) {
    this.#ledger = ledger;
    this.#leftovers = leftovers;
  }

  /**
   * @param {string} ledger
   * @param {string[]} leftovers
   */
  static async claim(ledger, leftovers) {
    await claimLedger(ledger, leftovers);
    const supervisor = new Supervisor(ledger, leftovers);
    supervisor.#watchdog = new WatchdogProcess(ledger, leftovers);
    return supervisor;
  }

  get watchdogPid() {
    return this.#watchdog?.pid;
  }

  /**
   * @param {Program} program
   * @param {{ capture?: boolean }} [options]
   * @returns {Running}
   */
  launch(program, { capture = false } = {}) {
    if (this.#stopping)
      throw new LaunchFailure(`${program.name} is not started, because everything is being stopped.`);
    const { name, command, args, cwd, env, logFile } = program;
    const { layer = LAYER.task, stopSignal = 'SIGTERM', graceSeconds = 5 } = program;
    const account = program.uid === undefined ? {} : { uid: program.uid, gid: program.gid };
    const output = logFile ? openLogFile(logFile, { goOn: this.#logs.has(logFile) }) : 'inherit';
    if (logFile) this.#logs.add(logFile);
    // Files of steps, such as packages, may be readable by all; files of servers and apps may not.
    const umask = layer === LAYER.task ? undefined : process.umask(PRIVATE_UMASK);
    const child = spawn(command, args, {
      cwd,
      env,
      ...account,
      detached: true,
      stdio: ['ignore', capture ? 'pipe' : output, output],
    });
    if (umask !== undefined) process.umask(umask);
    if (typeof output === 'number') closeSync(output);
    // A step keeps this process alive; a server does not.
    if (layer !== LAYER.task) child.unref();
    const pid = child.pid ?? 0;
    const entry = { name, layer, ...identify(pid), stopSignal, graceSeconds };
    if (pid) {
      recordProcess(this.#ledger, entry);
      this.#entries.push(entry);
    }

    /** @type {Promise<string>} */
    const exited = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    this.#exits.push(exited);
    let stopRequested = false;
    /** @type {Promise<LaunchFailure>} */
    const lost = new Promise((resolve) => {
      void exited.then((how) => {
        if (pid) signalGroup(pid, 'SIGKILL');
        if (stopRequested || this.#stopping) return;
        resolve(new LaunchFailure(`${name} ended by itself (${how}).`, logFile));
      });
    });
    const stop = async (/** @type {NodeJS.Signals | undefined} */ signal) => {
      stopRequested = true;
      await stopProcess(entry, { ...(signal && { signal }), hurry: this.#hurry.signal });
      await exited;
    };
    return { name, pid, logFile, exited, lost, stdout: child.stdout, stop };
  }

  /**
   * Takes over a process that another process of the same run has launched under this name.
   * @param {string} name
   * @param {string} logFile where it goes on writing, also when it is started again
   * @returns {Pick<Running, 'name' | 'pid' | 'stop'> | undefined} undefined when none of that name is alive
   */
  adopt(name, logFile) {
    this.#logs.add(logFile);
    const entry = readLedger(this.#ledger).entries.findLast((each) => each.name === name && isAlive(each));
    if (!entry) return undefined;
    const stop = (/** @type {NodeJS.Signals | undefined} */ signal) =>
      stopProcess(entry, { ...(signal && { signal }), hurry: this.#hurry.signal });
    return { name, pid: entry.pid, stop };
  }

  /**
   * Starts a process that must run until everything is stopped. If it ends by itself, the run fails.
   * @template {Running} Server
   * @param {() => Promise<Server>} start
   * @returns {Promise<Server>} when it is ready
   */
  async watch(start) {
    const running = await start();
    void running.lost.then((failure) => this.#reportLoss(failure));
    return running;
  }

  /**
   * Starts a process that must run until everything is stopped, and restarts it when it ends by itself.
   * @template {Running} Server
   * @param {() => Promise<Server>} start
   * @param {Pick<import('./kept-process.mjs').KeptParts, 'ready' | 'say' | 'policy'>} how
   * @returns {Promise<Server>} when it is ready
   */
  async keep(start, how) {
    const { running, down } = await keepRunning({ ...how, start, stopping: () => this.#stopping });
    void down.then((failure) => this.#reportLoss(failure));
    return /** @type {Server} */ (running);
  }

  /**
   * Runs a program to its end. Rejects if it fails.
   * @param {Program} program
   * @param {{ capture?: boolean }} [options]
   * @returns {Promise<string>} what it wrote to standard output, if that was to be captured
   */
  async run(program, options) {
    const { stdout, exited } = this.launch({ ...program, layer: LAYER.task }, options);
    const output = stdout ? await text(stdout) : '';
    const how = await exited;
    if (how !== SUCCESS) throw new LaunchFailure(`${program.name} failed (${how}).`, program.logFile);
    return output;
  }

  /** Stops all processes from the top layer down, then removes the files of the run. */
  async stopAll() {
    this.#stopping = true;
    const stopped = new Set();
    // Another process of this run may start more processes until it is stopped itself.
    for (;;) {
      const left = this.#known().filter(({ pid }) => !stopped.has(pid));
      if (left.length === 0) break;
      await stopProcesses(left, this.#hurry.signal);
      for (const { pid } of left) stopped.add(pid);
    }
    // A process that has ended still shows in a list of processes until it is reaped.
    await Promise.all(this.#exits);
    closeLedger(this.#ledger, this.#leftovers);
    await this.#watchdog?.dismiss();
  }

  /** Includes what other processes have added to the ledger, unless its folder has been removed. */
  #known() {
    const entries = [...this.#entries, ...readLedger(this.#ledger).entries];
    return [...new Map(entries.map((entry) => [entry.pid, entry])).values()];
  }

  /** From now on, stopping means killing. */
  hurry() {
    this.#hurry.abort();
  }
}

/**
 * Opens a new log and keeps the previous one under another name, or continues the existing one.
 * @param {string} file
 * @param {{ goOn?: boolean }} [options]
 * @returns {number} its descriptor
 */
function openLogFile(file, { goOn = false } = {}) {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    if (!goOn) renameSync(file, `${file}.1`);
  } catch {
    // There is no previous log.
  }
  return openSync(file, 'a', 0o600);
}
