/** Seeded bug: a cursor is not rewound when its feed has newer rules; it counts as matched against them. */
import { CursorLoader } from '../../../dist/libs/webhook-delivery/core/partition/cursor-loader.js';

const savedFeeds = Reflect.get(CursorLoader.prototype, 'savedFeeds');

CursorLoader.prototype.savedFeeds = async function savedAndUpToDate(feeds) {
  const found = await savedFeeds.call(this, feeds);
  for (const { feed, rulesRevision } of feeds) {
    const each = found.get(feed.feedId);
    if (each) found.set(feed.feedId, { ...each, cursor: { ...each.cursor, rulesRevision }, isSaved: false });
  }
  return found;
};
