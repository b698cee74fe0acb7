/** Seeded bug: commands are answered when their events are on their way, and not when they are durable. */
import { FencedAppender } from '../../../dist/libs/kafka/fencing/fenced-appender.js';

const append = Reflect.get(FencedAppender.prototype, 'append');
const claim = Reflect.get(FencedAppender.prototype, 'claim');
/** For each appender, the offset of its next event and the append in flight. */
const ends = new WeakMap();
const underWay = new WeakMap();

FencedAppender.prototype.claim = async function claimAfterAppends() {
  await underWay.get(this);
  const claimed = await claim.call(this);
  ends.set(this, claimed.end);
  return claimed;
};

FencedAppender.prototype.append = async function answerAtOnce(events) {
  const offset = ends.get(this);
  ends.set(this, offset + events.length);
  const before = underWay.get(this);
  underWay.set(
    this,
    (async () => {
      await before;
      await append.call(this, events);
    })().catch(() => undefined),
  );
  return offset;
};
