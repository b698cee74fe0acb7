import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, Client } from '../systems/client.js';

const TIMEOUT_MS = 5_000;
const PAUSE_MS = 250;
const PATIENCE_MS = 60_000;

/** Asks until there is an answer below 500: servers come and go meanwhile. */
export class PatientClient extends Client {
  constructor(url: string, apiKey: string) {
    super(() => url, apiKey, TIMEOUT_MS);
  }

  /** @throws when no answer comes for long */
  override async request(...[method, path, body, headers]: Parameters<Client['request']>): Promise<Answer> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await super.request(method, path, body, headers).catch(() => undefined);
      if (answer && answer.status < 500) return answer;
      if (performance.now() > end) {
        throw new Error(`${method} ${path} had no answer for long (${answer?.status ?? 'none'})`);
      }
      await sleep(PAUSE_MS);
    }
  }
}
