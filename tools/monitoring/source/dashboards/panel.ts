/** Grafana's names of units. */
export type Unit = 'short' | 's' | 'bytes' | 'percentunit' | 'reqps' | 'ops' | 'dateTimeFromNow';

export interface PanelQuery {
  readonly expression: string;
  /** May use labels: `{{topic}}`. */
  readonly legend?: string;
}

/** A panel as data. */
export interface PanelData {
  readonly title: string;
  /** What it shows, and what is normal. */
  readonly description: string;
  readonly kind: 'number' | 'lines';
  readonly unit: Unit;
  readonly queries: readonly PanelQuery[];
  /** From here on it is yellow, and red. The other way round where `bad` is the smaller one. */
  readonly limits?: { readonly warn: number; readonly bad: number };
  /** The alert whose runbook it links to. */
  readonly alert?: string;
  /** Of 24; the default of a number is 4, that of lines 12. */
  readonly width?: number;
}

export interface DashboardData {
  /** Its file and uid. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly PanelData[] }[];
}

const lines =
  (unit: Unit) =>
  (
    title: string,
    description: string,
    queries: Readonly<Record<string, string>>,
    more: Partial<PanelData> = {},
  ): PanelData => ({
    title,
    description,
    kind: 'lines',
    unit,
    // The key is the legend.
    queries: Object.entries(queries).map(([legend, expression]) => ({ legend, expression })),
    ...more,
  });

export const secondsOverTime = lines('s');
export const rateOverTime = lines('ops');
export const countOverTime = lines('short');
export const bytesOverTime = lines('bytes');
export const shareOverTime = lines('percentunit');

/** The newest value. */
export const numberNow = (
  title: string,
  description: string,
  unit: Unit,
  expression: string,
  more: Partial<PanelData> = {},
): PanelData => ({ title, description, kind: 'number', unit, queries: [{ expression }], ...more });

/** Of a histogram, the time that so many of 100 did not exceed. */
export const quantile = (share: number, histogram: string, labels = '', by = ''): string =>
  `histogram_quantile(${share}, sum by (le${by && `, ${by}`}) (rate(${histogram}_bucket${labels && `{${labels}}`}[$__rate_interval])))`;

export const rate = (counter: string, by = ''): string =>
  `sum${by && ` by (${by})`} (rate(${counter}[$__rate_interval]))`;
