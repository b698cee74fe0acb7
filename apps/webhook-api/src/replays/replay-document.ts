import { withoutNulls } from '#libs/kernel';
import type { Replay } from '#libs/persistence';
import type { ReplayDocument } from './replay.schemas.js';

export function replayDocument({ askedAt, createdAt, finishedAt, ...replay }: Replay): ReplayDocument {
  const seconds = ((finishedAt ?? askedAt).getTime() - createdAt.getTime()) / 1_000;
  return withoutNulls({
    ...replay,
    // Of one that has just begun, nothing can be said yet.
    rate: seconds > 0 ? Math.round((10 * replay.done) / seconds) / 10 : 0,
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  }) as ReplayDocument;
}
