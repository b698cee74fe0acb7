/**
 * An app that fails, as the path asks, outside of every promise that somebody waits for. It runs the build, as an app
 * does; plain JavaScript, since the build leaves fixtures out.
 */
import { Controller, Get, Module } from '@nestjs/common';
import { API_KEY_STORE, Public, runApp } from '#libs/platform';

const input = 'postgresql://orderstream:hidden-password@127.0.0.1/orderstream';

class FailingController {
  exception() {
    const cause = new TypeError('the cause');
    setImmediate(() => {
      throw Object.assign(new Error(`cannot reach ${input}?token=hidden-token`, { cause }), { input });
    });
    return 'soon';
  }

  rejection() {
    void Promise.reject(new Error('nobody waited'));
    return 'soon';
  }

  async beforeApplicationShutdown() {
    process.stdout.write('stopped in order\n');
    if (process.env.HANG) await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
}

for (const path of ['exception', 'rejection']) {
  const method = Object.getOwnPropertyDescriptor(FailingController.prototype, path);
  Get(path)(FailingController.prototype, path, method);
}
Public()(FailingController);
Controller('fail')(FailingController);

class FailingModule {}
const store = { findByHashes: async () => new Map(), noteUse: async () => undefined };
const keys = { provide: API_KEY_STORE, useValue: store };
Module({ controllers: [FailingController], providers: [keys], exports: [keys] })(FailingModule);

await runApp({ name: 'Failing', modules: [{ module: FailingModule, global: true }] });
