import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import type { PartitionFollower } from '../core/runtime/partition-follower.js';
import type { Progress } from '../core/runtime/partition-projection.js';
import { PROJECTING, type ProjectingOptions } from './projecting-options.js';

type Followed = Pick<PartitionFollower<unknown>, 'projection' | 'lag' | 'fault'>;

/** The partitions being followed, for gauges that read them at each scrape. Global, as metrics are. */
const followed = new Map<string, readonly Followed[]>();

const seen = new Counter({
  name: 'orderstream_projection_events_seen_total',
  help: 'Events that were new to a read model.',
  labelNames: ['projection'],
});
const applied = new Counter({
  name: 'orderstream_projection_events_applied_total',
  help: 'Events written to the tables of a read model. An operator skipped the other events seen.',
  labelNames: ['projection'],
});

/** Sums up the followers of each projection at a scrape. */
const ofAll = (gauge: Gauge<'projection'>, measure: (each: Followed) => number): void => {
  gauge.reset();
  for (const each of [...followed.values()].flat()) gauge.inc({ projection: each.projection }, measure(each));
};

/** Computed at each scrape. */
export const gauges = [
  new Gauge({
    name: 'orderstream_projection_lag_events',
    help: 'Offsets of the log that a read model has not read yet, in the partitions of this process.',
    labelNames: ['projection'],
    collect(this: Gauge<'projection'>) {
      ofAll(this, ({ lag }) => lag);
    },
  }),
  new Gauge({
    name: 'orderstream_projection_stopped_partitions',
    help: 'Partitions of this process in which a read model has stopped at an event that it cannot apply.',
    labelNames: ['projection'],
    collect(this: Gauge<'projection'>) {
      ofAll(this, ({ fault }) => (fault ? 1 : 0));
    },
  }),
];

/** Counts the progress of read models. */
@Injectable()
export class ProjectionMetrics {
  constructor(@Inject(PROJECTING) private readonly options: Pick<ProjectingOptions, 'group'>) {}

  progressed(projection: string, progress: Progress): void {
    seen.inc({ projection }, progress.seen);
    applied.inc({ projection }, progress.applied);
  }

  following(partition: string, followers: readonly Followed[]): void {
    // A process may run several consumer groups.
    const key = `${this.options.group} ${partition}`;
    if (followers.length > 0) followed.set(key, followers);
    else followed.delete(key);
  }
}
