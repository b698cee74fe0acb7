import { utcTimeOf } from '../../../parts/filters';

export type PlaceKind = 'now' | 'beginning' | 'time' | 'positions';

/** A place in the log, as a person has chosen and typed it: a local time, or positions. */
export interface Place {
  readonly kind: PlaceKind;
  readonly text: string;
}

export const NOW: Place = { kind: 'now', text: '' };

const positionsIn = (text: string): string[] => text.split(/[\s,]+/).filter((position) => position !== '');

export function isComplete({ kind, text }: Place): boolean {
  if (kind === 'time') return utcTimeOf(text) !== undefined;
  return kind !== 'positions' || positionsIn(text).length > 0;
}

/** As the API takes it. */
export function placeOf({
  kind,
  text,
}: Place): 'now' | 'beginning' | { time: string } | { positions: string[] } {
  switch (kind) {
    case 'time':
      return { time: utcTimeOf(text) ?? '' };
    case 'positions':
      return { positions: positionsIn(text) };
    default:
      return kind;
  }
}
