import { setTimeout as sleep } from 'node:timers/promises';
import { readMetrics } from '../../systems/metrics.js';
import { memoryByRole } from '../measuring/roles.js';
import { type Deployment, type Role, ROLES } from './deployment.js';

/** What must not grow without bound, at one moment. */
export interface BacklogSample {
  /** Resident memory of each role in MiB. */
  readonly mib: Partial<Record<Role, number>>;
  /** Commands that process managers are sending, or have waiting. */
  readonly sending: number;
  /** Events that the read model furthest behind has yet to see. */
  readonly projecting: number;
  /** Offsets by which the slowest subscription is behind. */
  readonly delivering: number;
  /** Commands of clients that wait for their turn. */
  readonly waiting: number;
}

const SAMPLE_MS = 1_000;

/** Looks at the deployment about each second: a busy app answers late. */
export class BacklogCourse {
  readonly #samples: BacklogSample[] = [];
  readonly #looking: Promise<void>;
  readonly #stop = new AbortController();

  constructor(private readonly deployment: Deployment) {
    this.#looking = this.#lookAgainAndAgain();
  }

  async stop(): Promise<readonly BacklogSample[]> {
    this.#stop.abort();
    await this.#looking;
    return this.#samples;
  }

  async #lookAgainAndAgain(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#samples.push(await this.#look());
      await sleep(SAMPLE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #look(): Promise<BacklogSample> {
    const metrics = await Promise.all(this.deployment.apps.map(readMetrics));
    const most = (name: string): number =>
      Math.max(
        0,
        ...metrics.flatMap((each) =>
          [...each].filter(([series]) => series.split('{')[0] === name).map(([, value]) => value),
        ),
      );
    return {
      mib: memoryByRole(ROLES),
      sending: most('orderstream_process_commands_open'),
      projecting: most('orderstream_projection_lag_events'),
      delivering: most('orderstream_webhook_lag'),
      waiting: most('orderstream_commands_waiting'),
    };
  }
}
