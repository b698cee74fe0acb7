import { countText } from '../../parts/numbers';
import { durationText } from '../../parts/time-text';
import type { Projection } from './projection';

/** How many events a projection has not read. */
export const lagEventsText = (lagEvents: number | undefined): string =>
  lagEvents === undefined ? 'unknown' : countText(lagEvents);

/** How old the oldest of them is. */
export function lagTimeText({ lagMs, lagMsIsLowerBound }: Projection): string {
  if (lagMs === 0) return 'none';
  return `${lagMsIsLowerBound ? 'at least ' : ''}${durationText(lagMs)}`;
}
