import {
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { runbookOf } from '../alert.js';
import type { DashboardData, PanelData } from './panel.js';

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const TAG = 'orderstream';
const HEIGHT = { number: 4, lines: 8 };
const WIDTH = { number: 4, lines: 12 };

// The schema that provisioned files have in all of Grafana's versions; its successor begins with 12.
/* oxlint-disable typescript/no-deprecated */

/** A dashboard as Grafana reads it. Its panels stand side by side while there is room. */
export function dashboardOf({ name, title, description, rows }: DashboardData, runbooks: string): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(`orderstream-${name}`)
    .description(description)
    .tags([TAG])
    .time({ from: 'now-3h', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .editable()
    .link(new DashboardLinkBuilder('Orderstream').type(DashboardLinkType.Dashboards).tags([TAG]))
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'));
  let id = 0;
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title).id(++id));
    for (const panel of row.panels) builder.withPanel(panelOf(panel, runbooks).id(++id));
  }
  return builder.build();
}

function panelOf(panel: PanelData, runbooks: string): StatBuilder | LinesBuilder {
  const { title, description, kind, unit, queries, limits, alert, width } = panel;
  const builder = (kind === 'number' ? new StatBuilder() : linesBuilder())
    .title(title)
    .description(
      alert === undefined ? description : `${description} [Runbook](${runbooks}/${runbookOf(alert)}.md)`,
    )
    .datasource(DATASOURCE)
    .unit(unit)
    .height(HEIGHT[kind])
    .span(width ?? WIDTH[kind]);
  for (const [index, { expression, legend }] of queries.entries()) {
    const query = new DataqueryBuilder()
      .refId(String.fromCodePoint(65 + index))
      .datasource(DATASOURCE)
      .expr(expression)
      .legendFormat(legend ?? title);
    builder.withTarget(kind === 'number' ? query.instant() : query.range());
  }
  if (limits) builder.thresholds(thresholdsOf(limits));
  return builder;
}

const linesBuilder = (): LinesBuilder =>
  new LinesBuilder()
    .min(0)
    .lineWidth(1)
    .fillOpacity(10)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs([]),
    )
    // oxlint-disable-next-line unicorn/no-array-sort -- a builder's
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));

function thresholdsOf({ warn, bad }: NonNullable<PanelData['limits']>) {
  // Grafana colours from a value upwards.
  const steps =
    bad <= warn && bad < 1
      ? [
          { value: null, color: 'red' },
          { value: bad, color: 'yellow' },
          { value: warn, color: 'green' },
        ]
      : [
          { value: null, color: 'green' },
          { value: warn, color: 'yellow' },
          { value: bad, color: 'red' },
        ];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}
