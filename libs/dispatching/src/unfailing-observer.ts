import type { DispatchObserver } from './observer.js';
import { asError } from './timing/background.js';

/** The same, but that it cannot fail: a delivery that was made and could not be told of would be made again and again. */
export function unfailing(observer: DispatchObserver, onFault: (error: Error) => void): DispatchObserver {
  const tell = (telling: () => void): void => {
    try {
      telling();
    } catch (thrown) {
      onFault(asError(thrown));
    }
  };
  return {
    attempted: (report) => tell(() => observer.attempted(report)),
    lookedAt: (partition, events) => tell(() => observer.lookedAt(partition, events)),
    counted: (feed, fate, events) => tell(() => observer.counted(feed, fate, events)),
    lost: (partition) => tell(() => observer.lost(partition)),
    failed: (stage, partition, error) => tell(() => observer.failed(stage, partition, error)),
    crashed: (partition, feedId, error) => tell(() => observer.crashed(partition, feedId, error)),
  };
}
