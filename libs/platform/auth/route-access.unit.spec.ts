import 'reflect-metadata';
import { Controller, Get, Module, Post } from '@nestjs/common';
import { register } from 'prom-client';
import { API_KEY, KeysModule, TestApp } from '../testing/http-app.fixture.js';
import { createHttpApp, listen } from '../http/http-app.js';
import { appRoot } from '../run-app.js';
import { loadSettings } from '../settings/settings.js';
import { RequiresScope } from './route-access.js';

const headers = { authorization: `Bearer ${API_KEY}` };

@Controller('v1/rooms')
class RoomsController {
  @Get()
  @RequiresScope('operator')
  list(): unknown {
    return [];
  }

  @Post()
  create(): unknown {
    return {};
  }
}

@Module({ controllers: [RoomsController] })
class RoomsModule {}

const app = await TestApp.use();

describe('a route', () => {
  it('is refused to a caller without its scope, by name and before the body is read', async () => {
    const answer = await fetch(`${app.url}/v1/operator-only`, { method: 'POST', headers, body: '{' });
    expect([answer.status, await answer.json()]).toEqual([
      403,
      expect.objectContaining({ code: 'forbidden', detail: expect.stringContaining('operator') as string }),
    ]);
  });

  it('needs a scope, or the app does not start', async () => {
    register.clear();
    const settings = loadSettings({ HTTP_PORT: '0', LOG_LEVEL: 'fatal' });
    const unfinished = await createHttpApp(appRoot(settings, [KeysModule, RoomsModule]), settings);
    await expect(listen(unfinished, settings)).rejects.toThrow('POST /v1/rooms needs a scope');
    await unfinished.close();
  });
});
