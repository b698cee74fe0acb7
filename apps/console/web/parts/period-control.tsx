import { SegmentedControl } from '@mantine/core';
import { useFilters } from './filters';

export const PERIODS = ['1h', '24h', '7d'] as const;
export type Period = (typeof PERIODS)[number];

/** The period that the URL asks for. */
export const periodOf = (text: string | undefined, otherwise: Period = '1h'): Period =>
  PERIODS.find((period) => period === text) ?? otherwise;

/** How far back numbers go; part of the URL. */
export function PeriodControl({ otherwise }: { readonly otherwise?: Period }) {
  const [{ period }, change] = useFilters();
  return (
    <SegmentedControl
      aria-label="Period"
      size="xs"
      data={PERIODS.map((value) => ({ value, label: value }))}
      value={periodOf(period, otherwise)}
      onChange={(value) => change({ period: value })}
    />
  );
}
