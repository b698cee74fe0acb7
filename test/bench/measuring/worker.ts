import { type ChildProcess, fork } from 'node:child_process';
import { REGISTER } from '../../systems/typescript.js';
import type { Measurement } from './measurement.js';

interface Answer<Result> {
  readonly result?: Result;
  readonly error?: string;
}

/** A process that measures: apart from what it measures, and from the bench itself. It ends with the bench. */
export class Worker<Job extends object, Result extends object = Measurement> {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  constructor(module: URL, env: Readonly<Record<string, string>>) {
    this.#child = fork(module, { execArgv: ['--import', REGISTER], env: { ...process.env, ...env } });
    this.#ended = new Promise((_, reject) => {
      this.#child.once('exit', (code, signal) =>
        reject(new Error(`${module.pathname} ended (${code ?? signal})`)),
      );
    });
    // Not everybody waits for an answer when it ends.
    this.#ended.catch(() => undefined);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async measure(job: Job): Promise<Result> {
    const answered = new Promise<Answer<Result>>((resolve) => this.#child.once('message', resolve));
    this.#child.send(job);
    const { result, error } = await Promise.race([answered, this.#ended]);
    if (!result) throw new Error(error);
    return result;
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}

/** The other side: does the jobs that come, one at a time. */
export function serveJobs<Job, Result = Measurement>(run: (job: Job) => Promise<Result>): void {
  const answer = (text: Answer<Result>) => process.send?.(text);
  process.on('message', (job) => {
    void run(job as Job).then(
      (result) => answer({ result }),
      (error: Error) => answer({ error: error.stack ?? error.message }),
    );
  });
  process.on('disconnect', () => process.exit());
}
