import { join } from 'node:path';
import type { Roles } from '../measuring/roles.js';
import { AS_TYPESCRIPT, type Place, type RunningApp, type Stage } from '../measuring/stage.js';

/** From the root of a checkout. */
export const STANDALONE = 'dist/apps/standalone/src/main.js';
const APPEND_AND_POST = 'test/bench/apps/append-and-post.ts';
const TRIVIAL = 'test/bench/apps/trivial.ts';

export type Role = 'app' | 'Kafka' | 'Postgres' | 'registry' | 'gateway' | 'mail';

/** An app with the servers that it needs. */
export interface System {
  readonly roles: Partial<Roles<Role>>;
  /** A fresh process on servers that have run before. @param env on top of its settings */
  start(env?: Readonly<Record<string, string>>): Promise<RunningApp>;
}

/** As many processes as the product chooses for the machine, where nobody says otherwise: an empty setting is not set. */
const AS_DEPLOYED = { PROCESSES: process.env.PROCESSES ?? '' };

/** @param title names its log */
export const productOn = (stage: Stage, { root, directory }: Place, title: string): System => ({
  roles: {
    app: [STANDALONE],
    ...serversIn(directory),
    gateway: [join(root, 'dist/apps/payment-gateway/')],
  },
  start: (env = {}) => stage.app({ title, program: STANDALONE, env: { ...AS_DEPLOYED, ...env } }),
});

/** The limits of webhooks, and of taking orders. */
export const appendAndPostOn = (stage: Stage, { directory }: Place): System => ({
  roles: { app: [APPEND_AND_POST], Kafka: serversIn(directory).Kafka },
  start: () => stage.app({ title: 'append and post', program: APPEND_AND_POST, env: AS_TYPESCRIPT }),
});
export const trivialOn = (stage: Stage, { directory }: Place): System => ({
  roles: { app: [TRIVIAL], Postgres: serversIn(directory).Postgres },
  start: () => stage.app({ title: 'trivial POST', program: TRIVIAL, env: AS_TYPESCRIPT }),
});

/** @param directory of the contestant: there may be servers of others */
function serversIn(directory: string) {
  const data = join(directory, 'data/');
  return {
    Kafka: ['kafka.Kafka', data],
    Postgres: ['postgres', data],
    registry: ['apicurio-registry', data],
    mail: ['mail-process', data],
  };
}
