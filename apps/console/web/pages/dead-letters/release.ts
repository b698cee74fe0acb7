import { answerOf, client } from '../../api/client';
import type { DeadLetterChoice } from './dead-letter';

export type ReleaseAct = 'redrive' | 'skip';

const once = (act: ReleaseAct, body: DeadLetterChoice) =>
  answerOf(client.POST(`/v1/operations/dead-letters/${act}`, { body }));

/** Counts what an act would take. */
export const dryRun = (act: ReleaseAct, choice: DeadLetterChoice) => once(act, { ...choice, dryRun: true });

/**
 * Redrives or skips all that match. One request takes a bounded number, so it asks until none is left, or as many were
 * taken as the person has agreed to: what fails meanwhile is not taken again.
 * @param progress told how many were taken so far
 * @param stop ends it after the request that is under way
 * @returns how many
 */
export async function release(
  act: ReleaseAct,
  choice: DeadLetterChoice,
  agreed: number,
  progress: (released: number) => void,
  stop: AbortSignal,
): Promise<number> {
  let released = 0;
  while (released < agreed && !stop.aborted) {
    const taken = (await once(act, choice)).released;
    if (taken === 0) break;
    released += taken;
    progress(released);
  }
  return released;
}
