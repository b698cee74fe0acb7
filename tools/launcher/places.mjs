import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A run writes everything except packages and the build into this one ignored folder. */
const BASE = join(ROOT, '.orderstream');

export const PLACES = {
  base: BASE,
  servers: join(BASE, 'servers'),
  data: join(BASE, 'data'),
  logs: join(BASE, 'logs'),
  mail: join(BASE, 'mail'),
  ports: join(BASE, 'ports.json'),
  ledger: join(BASE, 'processes.ndjson'),
  runningFile: join(BASE, 'running.json'),
  shellFile: join(BASE, 'env'),
  appSettings: join(BASE, 'app.env'),
  developmentKey: join(BASE, 'dev-key'),
  webhookKey: join(BASE, 'webhook-key'),
  personalDataKey: join(BASE, 'personal-data-key'),
  secure: join(BASE, 'secure'),
  logIns: join(BASE, 'secure/log-in'),
};

/** @param {string} app */
export const programOf = (app) => join(ROOT, `dist/apps/${app}/src/main.js`);

export const PROGRAMS = {
  standalone: programOf('standalone'),
  paymentGateway: programOf('payment-gateway'),
  settings: join(ROOT, 'dist/libs/platform/settings/settings.js'),
  kafkaAccess: join(ROOT, 'dist/libs/kafka/access/kafka-access.js'),
  cli: programOf('cli'),
};
