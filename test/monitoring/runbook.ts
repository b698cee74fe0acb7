import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { asError } from '#libs/kernel';
import { runbookOf } from '../../tools/monitoring/source/alert.js';

const run = promisify(execFile);

/** The commands of a runbook, in the order in which the page has them. */
export async function commandsOf(alert: string): Promise<string[]> {
  const page = await readFile(`docs/runbooks/${runbookOf(alert)}.md`, 'utf8');
  return [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) => block);
}

/**
 * Runs the commands of an alert's runbook as an operator would who pastes them one block after the other. The alert's labels
 * are variables, as docs/monitoring.md says.
 * @throws with what a command has written, if it fails
 */
export async function followRunbook(
  alert: string,
  labels: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const variables = Object.entries(labels).map(([name, value]) => [name.toUpperCase(), value] as const);
  for (const block of await commandsOf(alert)) {
    const options = { env: { ...process.env, ...env, ...Object.fromEntries(variables) }, timeout: 120_000 };
    await run('bash', ['-eu', '-c', block], options).catch((thrown: unknown) => {
      const { message, stdout, stderr } = thrown as Error & { stdout: string; stderr: string };
      throw new Error(`${block}\n${stdout}\n${stderr}\n${message}`, { cause: thrown });
    });
  }
}

/** What can be done to a service. */
export interface Service {
  start(): Promise<unknown>;
  restart(): Promise<unknown>;
}

/**
 * Stands in for `docker compose`, where the services are processes of the test: `up -d` and `restart` do what they say, and
 * everything else does nothing.
 */
export class ComposeStandIn {
  private constructor(
    private readonly server: Server,
    /** For the commands that are to find it. */
    readonly env: Readonly<Record<'PATH' | 'COMPOSE_STAND_IN', string>>,
  ) {}

  static async open(directory: string, services: Readonly<Record<string, Service>>): Promise<ComposeStandIn> {
    const server = createServer((request, response) => {
      const act = async (): Promise<void> => {
        const [, action, ...rest] = (await text(request)).trim().split(' ');
        const service = services[rest.at(-1) ?? ''];
        if (action !== 'up' && action !== 'restart') return;
        if (!service) throw new Error(`no service of this name: ${rest.join(' ')}`);
        await (action === 'up' ? service.start() : service.restart());
      };
      act().then(
        () => response.end(),
        (error: unknown) => response.writeHead(500).end(asError(error).message),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bin = join(directory, 'bin');
    await mkdir(bin, { recursive: true });
    const program = join(bin, 'docker');
    await writeFile(program, '#!/bin/sh\nexec curl -s --fail-with-body "$COMPOSE_STAND_IN" --data "$*"\n');
    await chmod(program, 0o755);
    const { port } = server.address() as AddressInfo;
    return new ComposeStandIn(server, {
      PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
      COMPOSE_STAND_IN: `http://127.0.0.1:${port}`,
    });
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
