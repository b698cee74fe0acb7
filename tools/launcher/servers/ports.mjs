import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { LaunchFailure } from '../failure.mjs';

/**
 * @typedef {object} ServerPorts
 * @property {number} kafka
 * @property {number} kafkaController
 * @property {number} registry
 * @property {number} postgres
 * @property {number} mail
 * @property {number} paymentGateway
 */

/** Different from the usual ports, which the user's own servers may occupy. */
const PREFERRED = {
  kafka: 19092,
  kafkaController: 19093,
  registry: 18081,
  postgres: 15432,
  mail: 11025,
  paymentGateway: 18090,
};
const PREFERRED_HTTP = 8080;

/**
 * Below the ephemeral ports. A client that keeps reconnecting to a stopped server could otherwise get the server's own
 * port, connect to itself, and keep the server from returning.
 */
const LASTING = { from: 20_000, to: 32_000 };

/** @returns {Promise<number>} */
export const freePort = () => listen(randomInt(LASTING.from, LASTING.to)).then((port) => port ?? freePort());

/** @param {number} port */
const isFree = async (port) => (await listen(port)) !== undefined;

/** @returns {Promise<ServerPorts>} */
export async function freeServerPorts() {
  const names = Object.keys(PREFERRED);
  const ports = await Promise.all(names.map(freePort));
  return /** @type {ServerPorts} */ (Object.fromEntries(names.map((name, index) => [name, ports[index]])));
}

/**
 * The ports of the last start if they are free, because clients and bookmarks outlive a restart.
 * @param {string} file where they are remembered
 * @returns {Promise<ServerPorts>}
 */
export async function lastingServerPorts(file) {
  const ports = { ...PREFERRED, ...(existsSync(file) && JSON.parse(readFileSync(file, 'utf8'))) };
  for (const [name, port] of Object.entries(ports)) {
    if (!(await isFree(port))) ports[name] = await freePort();
  }
  writeFileSync(file, `${JSON.stringify(ports)}\n`);
  return ports;
}

/**
 * @param {number | undefined} wanted by the user, who is told if it is not to be had; 0 for any
 * @returns {Promise<number>}
 */
export async function httpPort(wanted) {
  if (wanted === undefined) return (await isFree(PREFERRED_HTTP)) ? PREFERRED_HTTP : freePort();
  if (wanted === 0) return freePort();
  if (await isFree(wanted)) return wanted;
  const holder = whoHolds(wanted);
  throw new LaunchFailure(
    `Port ${wanted} is taken${holder ? ` by ${holder}` : ''}. Choose another one with HTTP_PORT or --port, or leave both out.`,
  );
}

/**
 * @param {number} port
 * @returns {Promise<number | undefined>} the port, which is free again; undefined if it is taken
 */
function listen(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const { port: found } = /** @type {net.AddressInfo} */ (server.address());
      server.close(() => resolve(found));
    });
  });
}

/** @param {number} port */
function whoHolds(port) {
  const ss = spawnSync('ss', ['-Hltnp', `sport = :${port}`], { encoding: 'utf8' }).stdout ?? '';
  const bySs = /\("(.+?)",pid=(\d+)/.exec(ss);
  if (bySs) return `${bySs[1]} (process ${bySs[2]})`;
  const lsof =
    spawnSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], { encoding: 'utf8' }).stdout ?? '';
  const byLsof = /^p(\d+)\nc(.+)$/m.exec(lsof);
  return byLsof && `${byLsof[2]} (process ${byLsof[1]})`;
}
