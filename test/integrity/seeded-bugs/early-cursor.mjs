/** Seeded bug: an event counts as delivered once it was read, before the subscriber has answered. */
import { Cursor } from '../../../dist/libs/webhook-delivery/core/feeds/cursor.js';

const owe = Reflect.get(Cursor.prototype, 'owe');

Cursor.prototype.owe = function oweAndFinish(offset, eventId) {
  const owed = owe.call(this, offset, eventId);
  this.finish(offset);
  return owed;
};
