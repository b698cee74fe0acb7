import { useMantineTheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Series {
  readonly label: string;
  readonly color: string;
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  /** Says in words what the chart shows. */
  readonly label: string;
  /** Seconds since 1970, ascending. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly height?: number;
}

const DAY = '\n{D} {MMM}';
/** As uPlot wants them: for each step in seconds the usual label, and those where the year and the day change. */
const TIME_LABELS = [
  [86_400, '{D} {MMM}', null, null, null, null, null, null, 1],
  [60, '{HH}:{mm}', DAY, null, DAY, null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', DAY, null, DAY, null, null, null, 1],
] as const satisfies uPlot.Axis.Values;

/** Lines over time. The numbers must also stand beside it as text, for those who cannot see it. */
export function Chart({ label, times, series, height = 180 }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const theme = useMantineTheme();
  const shown = useRef({ times, series });
  // The chart is made anew only if its series are others.
  const shape = series.map(({ label, color }) => `${label} ${color}`).join();
  useEffect(() => {
    shown.current = { times, series };
  });

  useEffect(() => {
    const element = host.current;
    if (!element) return undefined;
    const text = getComputedStyle(element).color;
    const axis: uPlot.Axis = { stroke: text, grid: { stroke: '#8884', width: 1 }, ticks: { show: false } };
    const made = new uPlot(
      {
        width: element.clientWidth,
        height,
        series: [
          { value: '{D} {MMM} {YYYY}, {HH}:{mm}:{ss}' },
          ...shown.current.series.map(({ label, color }) => ({
            label,
            stroke: theme.colors[color]?.[6] ?? color,
            width: 2,
          })),
        ],
        axes: [
          { ...axis, values: TIME_LABELS },
          { ...axis, size: 52 },
        ],
        scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
      },
      dataOf(shown.current),
      element,
    );
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [shape, height, theme]);

  useEffect(() => plot.current?.setData(dataOf(shown.current)));

  return <div ref={host} role="img" aria-label={label} />;
}

const dataOf = ({ times, series }: Pick<ChartProps, 'times' | 'series'>) =>
  [times, ...series.map(({ values }) => values)] as uPlot.AlignedData;
