import { stringify } from 'yaml';
import { type AlertRule, runbookOf } from './alert.js';
import { BURN_ALERTS } from './burn-alerts.js';
import { DEPENDENCY_ALERTS } from './dependency-alerts.js';
import { FLOW_ALERTS } from './flow-alerts.js';
import {
  BUDGET_LEFT,
  BURN_WINDOWS,
  errorsOver,
  FRESH,
  FRESH_SECONDS,
  type Objective,
  OBJECTIVES,
  TARGET,
} from './objectives.js';
import { DAY, MINUTE, realTime, type Time } from './time-scale.js';

export const ALERTS: readonly AlertRule[] = [...BURN_ALERTS, ...FLOW_ALERTS, ...DEPENDENCY_ALERTS];

/** Where the runbooks are: beside the code, unless a site has them. */
export const RUNBOOKS = 'docs/runbooks';

const HEADER =
  '# Generated from tools/monitoring/source by `npm run monitoring`. Change that, not this file.\n';
const yaml = (value: unknown): string => HEADER + stringify(value, { lineWidth: 0 });

export interface RuleOptions {
  /** How times are written; as meant by default. */
  readonly time?: Time;
  /** Where an alert's page is looked for. */
  readonly runbooks?: string;
}

/** Rule files by name. */
export function ruleFiles({
  time = realTime,
  runbooks = RUNBOOKS,
}: RuleOptions = {}): Record<string, string> {
  return {
    'objectives.yml': yaml({ groups: [{ name: 'objectives', rules: objectiveRules(time) }] }),
    'alerts.yml': yaml({
      groups: [
        { name: 'budgets', rules: BURN_ALERTS.map((alert) => alertRule(alert, time, runbooks)) },
        { name: 'events', rules: FLOW_ALERTS.map((alert) => alertRule(alert, time, runbooks)) },
        { name: 'dependencies', rules: DEPENDENCY_ALERTS.map((alert) => alertRule(alert, time, runbooks)) },
      ],
    }),
  };
}

/** What is measured over windows, once for alerts and dashboards. */
const objectiveRules = (time: Time) => [
  {
    record: FRESH,
    expr: `max by (projection) (orderstream_projection_age_seconds) <= bool ${FRESH_SECONDS}`,
  },
  ...OBJECTIVES.flatMap((objective) => [
    ...BURN_WINDOWS.map((seconds) => ({
      record: errorsOver(seconds),
      expr: objective.badRatio(time(seconds)),
      labels: { slo: objective.slo },
    })),
    { record: TARGET, expr: `vector(${objective.target})`, labels: { slo: objective.slo } },
    { record: BUDGET_LEFT, expr: budgetLeft(objective, time), labels: { slo: objective.slo } },
  ]),
];

/** Of 30 days, from what is recorded: the worst of its series. Below 0 the promise is broken. */
const budgetLeft = ({ slo, target }: Objective, time: Time): string =>
  `1 - max(avg_over_time(${errorsOver(5 * MINUTE)}{slo="${slo}"}[${time(30 * DAY)}])) / ${Number((1 - target).toFixed(6))}`;

const alertRule = (alert: AlertRule, time: Time, runbooks: string) => ({
  alert: alert.name,
  expr: alert.expression(time),
  ...(alert.for > 0 && { for: time(alert.for) }),
  labels: labelsOf(alert),
  annotations: { summary: alert.summary, runbook_url: `${runbooks}/${runbookOf(alert.name)}.md` },
});

const labelsOf = ({ severity, window }: AlertRule) => ({ severity, ...(window !== undefined && { window }) });

/**
 * promtool's tests by file: each alert fires by its example, and not by one that is just not bad enough. Rules are evaluated as
 * often as the examples have values, since days of minutes would take promtool minutes.
 */
export function ruleTests(): Record<string, string> {
  const file = (everyMinutes: number): string =>
    yaml({
      rule_files: ['../rules/objectives.yml', '../rules/alerts.yml'],
      evaluation_interval: `${everyMinutes}m`,
      // Alerts look at what was recorded just before; by chance it would be ten minutes old.
      group_eval_order: ['objectives', 'budgets', 'events', 'dependencies'],
      tests: ALERTS.filter(({ example }) => (example.everyMinutes ?? 1) === everyMinutes).flatMap((alert) => [
        ruleTest(alert, 'fires'),
        ruleTest(alert, 'quiet'),
      ]),
    });
  return { 'alerts.yml': file(1), 'long-windows.yml': file(10) };
}

const ruleTest = (alert: AlertRule, kind: 'fires' | 'quiet') => {
  const { name, example } = alert;
  const labels = Object.entries({ alertname: name, alertstate: 'firing', ...labelsOf(alert) });
  return {
    name: `${[name, ...Object.values(labelsOf(alert))].join(' ')} ${kind}`,
    interval: `${example.everyMinutes ?? 1}m`,
    input_series: Object.entries(example[kind]).map(([series, values]) => ({ series, values })),
    promql_expr_test: [
      {
        expr: `count(ALERTS{${labels.map(([label, value]) => `${label}="${value}"`).join(',')}})`,
        eval_time: `${example.minutes}m`,
        exp_samples: kind === 'fires' ? [{ labels: '{}', value: 1 }] : [],
      },
    ],
  };
};
