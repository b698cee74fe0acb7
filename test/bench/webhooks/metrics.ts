/** All series of a process's metrics: by name, with the labels as they are written. */
export type Metrics = ReadonlyMap<string, number>;

export async function readMetrics(url: string): Promise<Metrics> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

/** The sum of all series of a metric that have these labels; `undefined` when there is no such metric. */
export function sumOf(metrics: Metrics, name: string, labels: Readonly<Record<string, string>> = {}) {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const series = [...metrics].filter(([key]) => key === name || key.startsWith(`${name}{`));
  if (series.length === 0) return undefined;
  return series
    .filter(([key]) => wanted.every((label) => key.includes(label)))
    .reduce((sum, [, value]) => sum + value, 0);
}
