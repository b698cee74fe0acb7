import { join } from 'node:path';
import { makeTestDirectory, testSettings } from '#libs/testing';
import { startKafka } from '../embedded.mjs';

it('does not mistake another Kafka on the port for its own', async () => {
  const directory = join(await makeTestDirectory('taken-port'), 'kafka');
  const port = Number(testSettings().kafka.brokers[0]?.split(':')[1]);
  await expect(startKafka({ directory, port })).rejects.toThrow(/kafka ended before it was ready/);
});
