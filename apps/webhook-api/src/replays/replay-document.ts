import { withoutNulls } from '#libs/kernel';
import type { Replay } from '#libs/webhook-delivery/postgres';
import { shownCallbackUrl, splitCallbackUrl } from '#libs/webhooks';
import type { ReplayDocument } from './replay.schemas.js';

export function replayDocument(found: Replay): ReplayDocument {
  const { askedAt, createdAt, finishedAt, callbackUrl, callbackQuery, ...replay } = found;
  const seconds = ((finishedAt ?? askedAt).getTime() - createdAt.getTime()) / 1_000;
  return withoutNulls({
    ...replay,
    callbackUrl: callbackUrl && shownUrl(callbackUrl, callbackQuery),
    // A replay that has just begun has no rate yet.
    rate: seconds > 0 ? Math.round((10 * replay.done) / seconds) / 10 : 0,
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  }) as ReplayDocument;
}

/** Works for replays created before queries were sealed, too. */
function shownUrl(text: string, callbackQuery: string | null): string {
  const { callbackUrl, query } = splitCallbackUrl(text);
  return shownCallbackUrl({ callbackUrl, query: callbackQuery ?? query });
}
