/** Seeded bug: a cursor is not rewound when its feed has newer rules; it counts as matched against them. */
import { ActiveFeedFactory } from '../../../dist/libs/dispatching/src/partition/active-feed-factory.js';

const savedFeeds = Reflect.get(ActiveFeedFactory.prototype, 'savedFeeds');

ActiveFeedFactory.prototype.savedFeeds = async function savedAndUpToDate(feeds) {
  const found = await savedFeeds.call(this, feeds);
  for (const { feed, rulesRevision } of feeds) {
    const each = found.get(feed.feedId);
    if (each) found.set(feed.feedId, { ...each, cursor: { ...each.cursor, rulesRevision }, isSaved: false });
  }
  return found;
};
