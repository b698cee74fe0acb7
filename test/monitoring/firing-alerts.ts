/** An alert as Prometheus tells of it. */
export interface FiringAlert {
  readonly state: 'pending' | 'firing';
  readonly labels: Readonly<Record<string, string>>;
}

interface Answer<Data> {
  readonly data: Data;
}

const ask = async <Data>(url: string): Promise<Data> =>
  ((await (await fetch(url)).json()) as Answer<Data>).data;

/** Those that fire now. */
export async function firing(prometheus: string, alert: string): Promise<readonly FiringAlert[]> {
  const { alerts } = await ask<{ alerts: readonly FiringAlert[] }>(`${prometheus}/api/v1/alerts`);
  return alerts.filter(({ state, labels }) => state === 'firing' && labels['alertname'] === alert);
}

/** Rules that could not be evaluated. */
export async function brokenRules(prometheus: string): Promise<readonly string[]> {
  interface Group {
    readonly rules: readonly {
      readonly name: string;
      readonly health: string;
      readonly lastError?: string;
    }[];
  }
  const { groups } = await ask<{ groups: readonly Group[] }>(`${prometheus}/api/v1/rules`);
  return groups
    .flatMap(({ rules }) => rules)
    .filter(({ health }) => health === 'err')
    .map(({ name, lastError }) => `${name}: ${lastError}`);
}

/** Names of all metrics that Prometheus has. */
export const metricNames = async (prometheus: string): Promise<ReadonlySet<string>> =>
  new Set(await ask<string[]>(`${prometheus}/api/v1/label/__name__/values`));
