/**
 * Seeded bug of the process runtime: the feeder's checkpoint moves on before the processes have accepted the events. Found as
 * `order-unfinished`, `process-differs` and `cart-forgotten`, once a process manager was killed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ProcessFeeder } from '../../../dist/libs/processes/runner/process-feeder.js';

/** What is on its way for so long is lost when the process is killed. */
const ON_ITS_WAY_MS = 1_500;
const feed = Reflect.get(ProcessFeeder.prototype, 'feed');

ProcessFeeder.prototype.feed = async function saveAndFeed(batch) {
  const { topic, partition, next } = batch;
  await this.parts.checkpoints.save([{ topic, partition, offset: next }]);
  void sleep(ON_ITS_WAY_MS)
    .then(() => feed.call(this, batch))
    .catch(() => undefined);
};
