/** `npm start`: the whole system with its servers, from a fresh clone, until Ctrl-C. */
import { openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkSettings, developmentKey, launchCli, launchApp, sharedSettings } from './app.mjs';
import { explain, LaunchFailure } from './failure.mjs';
import { PLACES } from './places.mjs';
import { privateFolder } from './private-folder.mjs';
import { Progress, secondsSince } from './progress.mjs';
import { readRunningFile, RUNNING_FILES, RunningFiles } from './running-file.mjs';
import { bringUpServers, neededDistributions } from './servers/all-servers.mjs';
import { lastingPorts } from './servers/ports.mjs';
import { launchSecureApps } from './secure/secure-apps.mjs';
import { PRINCIPALS } from './secure/rights.mjs';
import { logInSettings, trustSettings } from './secure/log-in.mjs';
import { readSettings } from './settings.mjs';
import { build } from './setup/build.mjs';
import { checkMavenIfNeeded } from './setup/distributions.mjs';
import { installPackages } from './setup/packages.mjs';
import { checkJava, checkNode } from './setup/prerequisites.mjs';
import { FolderInUse } from './supervision/ledger.mjs';
import { stopRequest } from './supervision/stop-request.mjs';
import { Supervisor } from './supervision/supervisor.mjs';
import { welcome } from './welcome.mjs';

const LOG_POLL_MS = 200;

const began = performance.now();
const progress = new Progress(process.stdout);
// A reader of the output may go away, which must not end the system.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

try {
  await main();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
// Steps that a stop interrupted may keep the event loop alive.
process.exit();

async function main() {
  checkNode();
  const settings = readSettings(process.argv.slice(2));
  if (settings.help) {
    console.log(settings.help);
    return;
  }
  const supervisor = await claimFolder();
  try {
    const reason = await Promise.race([
      stopRequest(() => supervisor.hurry()),
      supervisor.lost.then((failure) => Promise.reject(failure)),
      bringUp(supervisor, settings).then(() => new Promise(() => {})),
    ]);
    progress.silence();
    console.log(`\nStopping (${reason}); again to hurry.`);
    await supervisor.stopAll();
    console.log('Everything has stopped.');
  } catch (error) {
    progress.silence();
    console.error(`\n${explain(error)}`);
    process.exitCode = 1;
    await supervisor.stopAll();
  }
}

async function claimFolder() {
  try {
    return await Supervisor.claim(PLACES.ledger, RUNNING_FILES);
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error;
    const url = readRunningFile()?.url;
    const what = url ? `runs already in this folder: ${url}` : 'is starting or stopping in this folder';
    throw new LaunchFailure(`Orderstream ${what} (process ${error.pid}).`);
  }
}

/**
 * @param {Supervisor} supervisor
 * @param {ReturnType<typeof readSettings>} settings
 */
async function bringUp(
  supervisor,
  { given, port, fresh, logs: showLogs, secure: isSecure, certificateDays },
) {
  const needed = neededDistributions(given);
  if (needed.length > 0) checkJava();
  checkMavenIfNeeded(needed);
  const ports = lastingPorts(PLACES.ports, port);
  await ports.checkWanted();
  if (fresh) {
    for (const path of [
      PLACES.data,
      PLACES.mail,
      PLACES.developmentKey,
      PLACES.webhookKey,
      PLACES.personalDataKey,
    ])
      rmSync(path, { recursive: true, force: true });
  }

  const { data, logs, mail } = PLACES;
  for (const folder of [PLACES.base, data, logs]) privateFolder(folder);
  const log = (/** @type {string} */ name) => join(logs, `${name}.log`);
  const packages = installPackages(supervisor, progress);
  const running = new RunningFiles(supervisor);
  /** @type {import('./servers/all-servers.mjs').Keep} */
  const keep = (name, start) =>
    supervisor.keep(start, { ready: ({ pid }) => running.started(name, pid), say: console.log });
  const built = packages.then(() => build(supervisor, progress));
  const secure = isSecure ? packages.then(() => openSecurity(certificateDays)) : undefined;
  // The port is chosen later, and `readSettings` has checked the one that the user wants.
  const ownEnv = { ...process.env, HTTP_PORT: '' };
  // The apps are not told who may create roles.
  const [{ DATABASE_ADMIN_URL: databaseAdminUrl, ...addresses }] = await Promise.all([
    bringUpServers({
      supervisor,
      progress,
      given,
      checked: built.then(() => checkSettings(ownEnv)),
      packages,
      built,
      data,
      logs,
      mails: mail,
      ports,
      durable: true,
      ...(secure && { secure }),
      keep,
    }),
    built,
  ]);

  const security = await secure;
  const env = { ...ownEnv, ...addresses };
  const asDeployer = security ? { ...env, ...logInSettings(security, 'deploy') } : env;
  await progress.step('preparing tables, topics and schemas', () =>
    launchCli({ supervisor, args: ['deploy'], env: asDeployer, logFile: log('deploy') }),
  );
  const app = await progress.step('starting the application', () =>
    security
      ? launchSecureApps({ supervisor, env, security, ports, log, keep })
      : launchWhole({ supervisor, env, ports, log, keep }),
  );
  const caFile = security?.certificates.caFile;
  const apiKey = await developmentKey(supervisor, env, { url: app.url, caFile });
  running.publish(
    {
      url: app.url,
      apiKey,
      kafkaBrokers: addresses.KAFKA_BROKERS,
      schemaRegistryUrl: addresses.SCHEMA_REGISTRY_URL,
      databaseUrl: addresses.DATABASE_URL,
      ...(databaseAdminUrl && { databaseAdminUrl }),
      ...(caFile && { caFile }),
    },
    {
      ...sharedSettings(env),
      SMTP_URL: addresses.SMTP_URL,
      ...(addresses.PAYMENT_GATEWAY_URL && { PAYMENT_GATEWAY_URL: addresses.PAYMENT_GATEWAY_URL }),
      ...(security && trustSettings(security)),
    },
    security ? Object.fromEntries(PRINCIPALS.map((name) => [name, logInSettings(security, name)])) : {},
  );
  const { processes } = await checkSettings(ownEnv);
  const facts = { catchesMail: !given.SMTP_URL, processes, ...(caFile && { caFile }) };
  console.log(welcome(app.url, apiKey, secondsSince(began), facts));
  if (showLogs) for (const name of app.names) followLog(log(name));
}

/** @param {Omit<Parameters<typeof launchSecureApps>[0], 'security'>} options */
async function launchWhole({ supervisor, env, ports, log, keep }) {
  const whole = { CONSOLE_DEVELOPMENT_KEY_FILE: PLACES.developmentKey, ...env };
  const { url } = await keep(
    'app',
    ports.starter(['http'], (httpPort) =>
      launchApp({ supervisor, env: { ...whole, HTTP_PORT: String(httpPort) }, logFile: log('app') }),
    ),
  );
  return { url, names: ['app'] };
}

/** @param {number} days the life of a certificate */
async function openSecurity(days) {
  // It needs the packages.
  const secure = await import('./secure/security.mjs');
  const prefix = process.env.KAFKA_GROUP_PREFIX || 'orderstream';
  return secure.openSecurity({ folder: PLACES.secure, days, prefix, say: console.log });
}

/**
 * Copies a log to standard output as it grows. The app writes to the file itself, so it does not depend on the launcher.
 * @param {string} file
 */
function followLog(file) {
  const log = openSync(file, 'r');
  const buffer = Buffer.alloc(64 * 1024);
  setInterval(() => {
    for (let length = readSync(log, buffer); length > 0; length = readSync(log, buffer)) {
      process.stdout.write(Buffer.from(buffer.subarray(0, length)));
    }
  }, LOG_POLL_MS).unref();
}
