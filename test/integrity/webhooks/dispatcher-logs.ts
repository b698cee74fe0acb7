import type { Instance } from '../../systems/product.js';
import type { Interruption } from '../fault-schedule.js';
import type { LoggedDelivery } from './evidence.js';

/** What a dispatcher logs when it finds out that it delivers no more. */
const LOST = 'another dispatcher has taken';
/** And when it takes something for delivered. */
const DELIVERED = '"becomes":"delivered"';
const SECOND = 1_000;

interface Line {
  readonly time: number | string;
}

interface DeliveredLine extends Line {
  readonly subscriptionId: string;
  readonly replayId?: string;
  readonly eventId: string;
}

export interface DispatcherLogs {
  /** When dispatchers lost what they had to others: also on their own, when the machine is too slow. */
  readonly handovers: readonly Interruption[];
  readonly delivered: readonly LoggedDelivery[];
}

/** What the dispatchers themselves say that they did. */
export async function readDispatcherLogs(dispatchers: readonly Instance[]): Promise<DispatcherLogs> {
  // They say so of each partition.
  const lostIn = new Set<number>();
  const delivered: LoggedDelivery[] = [];
  for (const dispatcher of dispatchers) {
    for await (const line of dispatcher.logEntries<Line>(LOST)) lostIn.add(Math.ceil(timeOf(line) / SECOND));
    for await (const line of dispatcher.logEntries<DeliveredLine>(DELIVERED)) {
      const { subscriptionId, replayId = subscriptionId, eventId } = line;
      delivered.push({ at: timeOf(line), feedId: replayId, firstId: eventId });
    }
  }
  return {
    handovers: [...lostIn].map((second) => ({
      kind: 'handover',
      at: (second - 1) * SECOND,
      until: second * SECOND,
    })),
    delivered,
  };
}

const timeOf = ({ time }: Line): number => new Date(time).getTime() - performance.timeOrigin;
