import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { LaunchFailure } from '../failure.mjs';

/**
 * @typedef {Readonly<Record<string, number>>} PortNumbers by name
 */

/** Different from the usual ports, which the user's own servers may occupy; except that of the API. */
const PREFERRED = {
  kafka: 19092,
  kafkaController: 19093,
  kafkaBrokers: 19094,
  registry: 18081,
  postgres: 15432,
  mail: 11025,
  paymentGateway: 18090,
  http: 8080,
};

/** How often a server is started while other processes take the ports that were free before its start. */
const ATTEMPTS = 5;

/**
 * Below the ephemeral ports. A client that keeps reconnecting to a stopped server could otherwise get the server's own
 * port, connect to itself, and keep the server from returning.
 */
const LASTING = { from: 20_000, to: 32_000 };

/** @returns {Promise<number>} */
export const freePort = () => listen(randomInt(LASTING.from, LASTING.to)).then((port) => port ?? freePort());

/** @param {number} port */
const isFree = async (port) => (await listen(port)) !== undefined;

/**
 * Chooses the ports of one system, each just before its server starts: another system may start at the same time. A port
 * that is taken is replaced by a free one.
 */
export class Ports {
  /** @type {Record<string, number>} */
  #last;
  #file;
  #wanted;

  /**
   * @param {object} [options]
   * @param {PortNumbers} [options.last] the first choice; any free port for one without
   * @param {PortNumbers} [options.wanted] by the user, who is told if one is not to be had; 0 for any
   * @param {string} [options.file] where they are remembered, unless the user wanted them
   */
  constructor({ last = {}, wanted = {}, file } = {}) {
    this.#last = { ...last };
    this.#wanted = wanted;
    this.#file = file;
  }

  /** @throws {LaunchFailure} if the user wants a port that is taken */
  async checkWanted() {
    for (const name of Object.keys(this.#wanted)) await this.choose(name);
  }

  /**
   * @template T
   * @param {string[]} names
   * @param {(...ports: number[]) => Promise<T>} launch rejects if the server ended before it was ready
   * @returns {() => Promise<T>} starts the server on ports that are free then, and on others if it fails because one of
   * them was taken meanwhile. After that it starts on the same ports, because others know its address
   */
  starter(names, launch) {
    /** @type {number[] | undefined} */
    let known;
    return async () => {
      for (let attempt = 1; !known; attempt++) {
        const chosen = await this.#chooseAll(names);
        try {
          const server = await launch(...chosen);
          known = chosen;
          return server;
        } catch (error) {
          const areFree = await Promise.all(chosen.map(isFree));
          if (attempt === ATTEMPTS || areFree.every(Boolean)) throw error;
        }
      }
      return launch(...known);
    };
  }

  /** @param {string[]} names */
  async #chooseAll(names) {
    const chosen = [];
    for (const name of names) chosen.push(await this.choose(name));
    return chosen;
  }

  /**
   * @param {string} name
   * @returns {Promise<number>} the port of a server that starts soon
   */
  async choose(name) {
    const wanted = this.#wanted[name];
    if (wanted !== undefined) return wanted === 0 ? freePort() : requireFree(wanted);
    const last = this.#last[name];
    const port = last !== undefined && (await isFree(last)) ? last : await freePort();
    this.#last[name] = port;
    if (this.#file) writeFileSync(this.#file, `${JSON.stringify(this.#last)}\n`);
    return port;
  }
}

/**
 * The ports of the last start if they are free, because clients and bookmarks outlive a restart.
 * @param {string} file where they are remembered
 * @param {number} [http] the port of the API that the user wants; 0 for any
 */
export function lastingPorts(file, http) {
  const last = { ...PREFERRED, ...(existsSync(file) && JSON.parse(readFileSync(file, 'utf8'))) };
  return new Ports({ last, file, wanted: http === undefined ? {} : { http } });
}

/** @param {number} port */
async function requireFree(port) {
  if (await isFree(port)) return port;
  const holder = whoHolds(port);
  throw new LaunchFailure(
    `Port ${port} is taken${holder ? ` by ${holder}` : ''}. Choose another one with HTTP_PORT or --port, or leave both out.`,
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
