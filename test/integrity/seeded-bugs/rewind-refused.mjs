/**
 * Seeded bug: a cursor does not go back when its feed has newer rules. It stays where it is, and counts as judged by them.
 */
import { RunMaker } from '../../../dist/libs/dispatching/src/partition/run-maker.js';

const kept = Reflect.get(RunMaker.prototype, 'kept');

RunMaker.prototype.kept = async function keptAndUpToDate(feeds) {
  const found = await kept.call(this, feeds);
  for (const { feed, rulesRevision } of feeds) {
    const each = found.get(feed.feedId);
    if (each) found.set(feed.feedId, { ...each, cursor: { ...each.cursor, rulesRevision }, isKept: false });
  }
  return found;
};
