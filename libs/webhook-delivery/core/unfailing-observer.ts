import type { DispatchObserver } from './observer.js';
import { asError } from '#libs/kernel';

/** Wraps an observer so that it cannot throw: an unreported delivery would otherwise be repeated for ever. */
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
