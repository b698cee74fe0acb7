import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EVENT_CONTRACTS } from '#libs/contracts';
import { registerSchemas } from './register-schemas.js';

/** Answers of `GET /config/{subject}` for the first subject, in order; the last one stays. */
type Levels = readonly (string | undefined)[];

describe('the registration of schemas', () => {
  let server: Server;
  let url: string;
  let levels: Levels;
  let updates: number[];
  beforeEach(async () => {
    updates = [];
    let first: string | undefined;
    let asked = 0;
    server = createServer((request, response) => {
      const answer = (status: number, body: object) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      };
      const path = request.url ?? '';
      if (request.method === 'POST') return answer(200, { id: 1 });
      if (request.method === 'PUT') {
        const status = updates.shift() ?? 200;
        return answer(status, {
          error_code: status,
          message: "A rule named 'COMPATIBILITY' already exists.",
        });
      }
      first ??= path;
      const level = path === first ? levels[Math.min(asked++, levels.length - 1)] : 'FULL_TRANSITIVE';
      return level ? answer(200, { compatibilityLevel: level }) : answer(404, { error_code: 40_401 });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => server.close());

  it.each<[string, Levels, number[]]>([
    ['has just made the subject', [undefined, 'NONE', 'FULL_TRANSITIVE'], []],
    ['has just set its level', [undefined, undefined, 'FULL_TRANSITIVE'], [409]],
  ])('goes on when another deployment %s', async (_, given, refusals) => {
    levels = given;
    updates = refusals;
    const registered = await registerSchemas({ url });
    expect(registered.map(({ subject }) => subject)).toEqual(EVENT_CONTRACTS.map(({ subject }) => subject));
  });

  it('fails, and names the schema, where the level stays another', async () => {
    levels = ['NONE'];
    await expect(registerSchemas({ url })).rejects.toThrow(/^schema \S+ was not registered: .*NONE/);
  });
});
