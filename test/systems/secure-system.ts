import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import type { Principal } from '../../tools/launcher/secure/rights.mjs';
import { SECURE_APPS } from '../../tools/launcher/secure/secure-apps.mjs';
import { makeStartRoot, shareDownloads } from './start-root.js';

interface RunningSecurely {
  readonly url: string;
  readonly apiKey: string;
  readonly caFile: string;
  readonly kafkaBrokers: string;
  readonly databaseUrl: string;
  readonly schemaRegistryUrl: string;
  readonly pids: Readonly<Record<string, number>>;
}

const LOGGERS = '<Loggers>';
/** Each log-in on a connection that has one. */
const LOG_INS =
  '<Logger name="org.apache.kafka.common.security.authenticator.SaslServerAuthenticator" level="DEBUG" />';
/** Each right that somebody used, beside those that were denied. */
const USED_RIGHTS = '<Logger name="kafka.authorizer.logger" level="DEBUG" />';
const DECISION =
  /Principal = User:(?<principal>\S+) is (?<answer>Allowed|Denied) operation = (?<operation>\w+) .* on resource = (?<kind>\w+):\w+:(?<name>\S+) for/;
const POLL_MS = 500;

/** All that have certificates. */
export const CERTIFIED = ['kafka', 'postgres', 'registry', 'front', ...SECURE_APPS];

/** What a broker decided: whether a principal may do something. */
export interface Decision {
  readonly principal: string;
  readonly answer: 'Allowed' | 'Denied';
  readonly operation: string;
  readonly kind: string;
  readonly name: string;
}

/** `npm start -- --secure` in a folder of its own, with a broker that logs more. */
export class SecureSystem {
  #printed = '';

  private constructor(
    readonly root: string,
    private readonly launcher: ChildProcess,
  ) {
    for (const stream of [launcher.stdout, launcher.stderr])
      stream?.on('data', (chunk) => {
        this.#printed += String(chunk);
      });
  }

  /**
   * @param certificateDays the life of its certificates
   * @param tells whether the broker logs all of its decisions, which slows it down, or those alone by which it denied something
   * @throws with what it has printed
   */
  static async start(certificateDays: number, tells: 'all' | 'denials' = 'denials'): Promise<SecureSystem> {
    const root = makeStartRoot();
    shareDownloads(root);
    const logging = join(root, 'tools/servers/log4j2.xml');
    const loggers = [LOGGERS, LOG_INS, ...(tells === 'all' ? [USED_RIGHTS] : [])];
    writeFileSync(logging, readFileSync(logging, 'utf8').replace(LOGGERS, loggers.join('\n')));
    const system = new SecureSystem(root, launch(root, certificateDays));
    while (!system.printed.includes('Orderstream is ready')) {
      if (system.launcher.exitCode !== null) throw new Error(system.printed);
      await sleep(POLL_MS);
    }
    return system;
  }

  get printed(): string {
    return this.#printed;
  }

  get running(): RunningSecurely {
    return JSON.parse(readFileSync(this.#place('running.json'), 'utf8')) as RunningSecurely;
  }

  /** PEM of the authority that certifies its servers. */
  get ca(): string {
    return readFileSync(this.running.caFile, 'utf8');
  }

  /** The settings of whoever is this principal. */
  settingsOf(principal: Principal): Record<string, string> {
    return parseEnv(readFileSync(this.#place(`secure/log-in/${principal}.env`), 'utf8')) as Record<
      string,
      string
    >;
  }

  log(name: string): string {
    return readFileSync(this.#place(`logs/${name}.log`), 'utf8');
  }

  /** All decisions of the broker so far, each once. */
  decisions(): Decision[] {
    const found = this.log('kafka')
      .split('\n')
      .map((line) => DECISION.exec(line)?.groups);
    const each = new Map(
      found.flatMap((groups) => (groups ? [[Object.values(groups).join(' '), groups]] : [])),
    );
    return [...each.values()] as unknown as Decision[];
  }

  /** How often connections have logged in anew so far. */
  logInsAnew(): number {
    return this.log('kafka').split('COMPLETE during re-authentication').length - 1;
  }

  /** Servers whose certificate was renewed, one entry each time. */
  renewals(): string[] {
    return [...this.printed.matchAll(/^The certificate of (\S+) was renewed\.$/gm)].map(
      ([, name = '']) => name,
    );
  }

  /** @returns its exit code, and the time that it took */
  async stop({ keepLogs = false } = {}): Promise<{ code: number | null; seconds: number }> {
    const began = performance.now();
    if (this.launcher.exitCode === null) {
      this.launcher.kill('SIGTERM');
      await once(this.launcher, 'close');
    }
    if (!keepLogs) rmSync(this.root, { recursive: true, force: true });
    return { code: this.launcher.exitCode, seconds: (performance.now() - began) / 1_000 };
  }

  #place = (path: string): string => join(this.root, '.orderstream', path);
}

function launch(root: string, certificateDays: number): ChildProcess {
  const program = join(root, 'tools/launcher/start.mjs');
  const args = [program, '--secure', '--port', '0', '--certificate-days', String(certificateDays)];
  const { PATH, JAVA_HOME } = process.env;
  const env = { PATH, ...(JAVA_HOME !== undefined && { JAVA_HOME }) };
  return spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
}
