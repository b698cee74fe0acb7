import { parser } from '@prometheus-io/lezer-promql';
import { DASHBOARDS } from '../../tools/monitoring/source/dashboards/dashboards.js';
import { ruleFiles } from '../../tools/monitoring/source/rule-files.js';
import { parse } from 'yaml';

/** A series that an expression reads, by its own name and the labels that it names. */
export interface Selected {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** Grafana fills these in. */
const filledIn = (expression: string): string => expression.replaceAll('$__rate_interval', '5m');

/** What an expression selects. @throws if it is no PromQL */
export function selectedBy(expression: string): Selected[] {
  const text = filledIn(expression);
  const found: { metric: string; labels: string[] }[] = [];
  parser.parse(text).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${text}`);
      const own = text.slice(from, to);
      if (type.name === 'VectorSelector') found.push({ metric: /^[\w:]*/.exec(own)?.[0] ?? '', labels: [] });
      if (type.name === 'LabelName' && found.length > 0 && isMatcher(text, to))
        found.at(-1)?.labels.push(own);
    },
  });
  return found;
}

/** The same name of a grammar stands for labels that are matched, and for those that are grouped by. */
const isMatcher = (text: string, end: number): boolean => /^\s*(?:=~|!~|!=|=)/.test(text.slice(end));

/** An expression, and where it stands. */
export interface Placed {
  readonly place: string;
  readonly expression: string;
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly record?: string; readonly alert?: string; readonly expr: string }[];
  }[];
}

const RULES = Object.values(ruleFiles()).flatMap((text) =>
  (parse(text) as Rules).groups.flatMap(({ rules }) => rules),
);

/** The series that rules record. */
export const RECORDED: ReadonlySet<string> = new Set(RULES.flatMap(({ record }) => record ?? []));

/** Every expression of rules and dashboards. */
export const EXPRESSIONS: readonly Placed[] = [
  ...RULES.map(({ record, alert, expr }) => ({ place: record ?? alert ?? '', expression: expr })),
  ...DASHBOARDS.flatMap(({ name, rows }) =>
    rows.flatMap(({ panels }) =>
      panels.flatMap(({ title, queries }) =>
        queries.map(({ expression }) => ({ place: `${name}: ${title}`, expression })),
      ),
    ),
  ),
];
