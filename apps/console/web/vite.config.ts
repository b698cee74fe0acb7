import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const OUTPUT = join(import.meta.dirname, '../../../dist/console');
const COMPRESSIBLE = /\.(?:js|css|svg)$/;
const ENCODINGS = [
  ['.br', promisify(brotliCompress)],
  ['.gz', promisify(gzip)],
] as const;

/** Compresses the assets once, rather than for each request. */
const compressed = (): Plugin => ({
  name: 'compressed',
  async closeBundle() {
    const assets = join(OUTPUT, 'assets');
    const names = (await readdir(assets)).filter((name) => COMPRESSIBLE.test(name));
    for (const name of names) {
      const content = await readFile(join(assets, name));
      for (const [suffix, compress] of ENCODINGS)
        await writeFile(join(assets, name + suffix), await compress(content));
    }
  },
});

/** Builds the page into dist/console, from where the console app serves it. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [compressed()],
  build: {
    outDir: OUTPUT,
    emptyOutDir: true,
    target: 'es2023',
    // Small files inlined as data: URLs would need a laxer content security policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      // Libraries mark their modules for server components, which this page has none of.
      onLog: (level, log, report) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && report(level, log),
    },
  },
});
