export const BARS_WIDTH = 96;
export const BARS_HEIGHT = 22;

/** All bars in one path: an element for each would make thousands in a list. @param most the value as high as all */
export function barsPath(values: readonly number[], most: number): string {
  const step = BARS_WIDTH / Math.max(1, values.length);
  const width = short(Math.max(0.5, step - 0.5));
  return values
    .map((value, index) => {
      const height = short((value / most) * BARS_HEIGHT);
      return value > 0 ? `M${short(index * step)} ${BARS_HEIGHT}v-${height}h${width}v${height}z` : '';
    })
    .join('');
}

const short = (value: number): number => Math.round(value * 100) / 100;
