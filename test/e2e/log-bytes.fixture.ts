import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The bytes of every event topic, as the broker of the test run has them on disk: by the path of the file. */
export async function bytesOfLog(): Promise<ReadonlyMap<string, string>> {
  const folder = join(process.env.ORDERSTREAM_TEST_DIRECTORY ?? '', 'data/kafka/log');
  const paths = (await readdir(folder, { recursive: true })).filter(
    (path) => path.endsWith('.log') && !path.startsWith('_'),
  );
  const entries = paths.map(async (path): Promise<[string, string]> => {
    return [path, await readFile(join(folder, path), 'latin1')];
  });
  return new Map(await Promise.all(entries));
}
