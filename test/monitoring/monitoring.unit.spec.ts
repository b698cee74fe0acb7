import { readdirSync, readFileSync } from 'node:fs';
import { runbookOf } from '../../tools/monitoring/source/alert.js';
import { DASHBOARDS } from '../../tools/monitoring/source/dashboards/dashboards.js';
import { ALERTS } from '../../tools/monitoring/source/rule-files.js';
import { realTime, shortened } from '../../tools/monitoring/source/time-scale.js';
import { EXPRESSIONS, selectedBy } from './promql.js';

const RUNBOOKS = 'docs/runbooks';

describe('the alerts', () => {
  const pages = new Set(readdirSync(RUNBOOKS));

  it.each([...new Set(ALERTS.map(({ name }) => name))])(
    'have a runbook for %s, with what it is about',
    (name) => {
      const page = readFileSync(`${RUNBOOKS}/${runbookOf(name)}.md`, 'utf8');
      expect(page.startsWith(`# ${name}\n\n**Customers see:** `)).toBe(true);
      expect(page).toContain('\n## Look\n');
      expect(page).toContain('\n## Mend\n');
    },
  );

  it('have no runbook that none of them leads to', () => {
    const meant = new Set(ALERTS.map(({ name }) => `${runbookOf(name)}.md`));
    expect([...pages].filter((page) => !meant.has(page))).toEqual([]);
  });

  it('differ in name, severity or window', () => {
    const names = ALERTS.map(({ name, severity, window }) => [name, severity, window].join(' '));
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the dashboards', () => {
  const panels = DASHBOARDS.flatMap(({ rows }) => rows.flatMap((row) => row.panels));

  it('say of each panel what is shown, and link to runbooks that exist', () => {
    const alerts = new Set(ALERTS.map(({ name }) => name));
    for (const { description, alert } of panels) {
      expect(description).toMatch(/\.$/);
      if (alert !== undefined) expect([...alerts]).toContain(alert);
    }
  });

  it('have no panel wider than the screen', () => {
    for (const { rows } of DASHBOARDS)
      for (const row of rows) for (const { width } of row.panels) expect(width ?? 4).toBeLessThanOrEqual(24);
  });
});

describe('PromQL', () => {
  it('is what all expressions are', () => {
    for (const { expression } of EXPRESSIONS) expect(selectedBy(expression).length).toBeGreaterThanOrEqual(0);
  });

  it('is taken apart into metrics and the labels that are matched', () => {
    const expression =
      'sum by (a) (rate(one_total{b="x",c!~"y"}[5m])) / on(d) (max(two) or vector(0)) > bool {__name__="z"} offset 1h';
    expect(selectedBy(expression)).toEqual([
      { metric: 'one_total', labels: ['b', 'c'] },
      { metric: 'two', labels: [] },
      { metric: '', labels: ['__name__'] },
    ]);
    expect(() => selectedBy('sum by (rate(x)')).toThrow(/no PromQL/);
  });
});

describe('the times of rules', () => {
  it.each([
    [90, '90s'],
    [120, '2m'],
    [3_600, '1h'],
    [259_200, '3d'],
  ])('%d s are %s', (seconds, text) => expect(realTime(seconds)).toBe(text));

  it('are shortened to what rates need at least, and none stays none', () => {
    const time = shortened(60, 5);
    expect([time(3_600), time(120), time(0)]).toEqual(['60000ms', '5000ms', '0s']);
  });
});
