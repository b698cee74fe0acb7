/** Seeded bug: an append whose answer was lost is sent again, under a new claim, without a look at the log. */
import { FencedAppender } from '../../../dist/libs/kafka/fencing/fenced-appender.js';

const append = Reflect.get(FencedAppender.prototype, 'append');

FencedAppender.prototype.append = async function appendTwice(events) {
  try {
    return await append.call(this, events);
  } catch (error) {
    if (error.outcome !== 'unknown') throw error;
    await this.claim();
    return append.call(this, events);
  }
};
