import { runInProcesses } from '#libs/platform/cluster';

const requires = ['WEBHOOK_ENCRYPTION_KEY'] as const;

await runInProcesses(requires, async () => {
  const { runStandalone } = await import('./standalone-app.js');
  await runStandalone(requires);
});
