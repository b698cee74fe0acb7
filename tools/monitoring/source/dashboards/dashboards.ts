import { COMMANDS_DASHBOARD } from './commands.dashboard.js';
import { dashboardOf } from './dashboard-json.js';
import { FULFILMENT_DASHBOARD } from './fulfilment.dashboard.js';
import { OVERVIEW } from './overview.dashboard.js';
import { PROJECTIONS_DASHBOARD } from './projections.dashboard.js';
import { RUNTIME_DASHBOARD } from './runtime.dashboard.js';
import { WEBHOOKS_DASHBOARD } from './webhooks.dashboard.js';

export const DASHBOARDS = [
  OVERVIEW,
  COMMANDS_DASHBOARD,
  PROJECTIONS_DASHBOARD,
  WEBHOOKS_DASHBOARD,
  FULFILMENT_DASHBOARD,
  RUNTIME_DASHBOARD,
];

/** Grafana's files by name. */
export const dashboardFiles = (runbooks: string): Record<string, string> =>
  Object.fromEntries(
    DASHBOARDS.map((data) => [
      `${data.name}.json`,
      `${JSON.stringify(dashboardOf(data, runbooks), null, 2)}\n`,
    ]),
  );
