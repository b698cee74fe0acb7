import type { DuckDBConnection } from '@duckdb/node-api';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, type RejectedRecord, formatPosition } from '#libs/kernel';
import { literal } from '../core/column-type.js';
import { emptyManifest, type ExportManifest, type FileFormat } from '../core/manifest.js';

const MANIFEST = 'manifest.json';
const REJECTED = 'rejected.jsonl';
/** A database of DuckDB, which one process at a time can open: the system forgets the lock when the process is killed. */
const LOCK = '.export-lock';
export const SPILL = '.spill';
/** Of a file that is not whole yet. */
const UNFINISHED = '.tmp';

const OWN_FILE = /^[^/]+\/event_type=[^/]+\/day=\d{4}-\d\d-\d\d\/part-[^/]+$/;

/** The manifest of the export in a folder. @throws if there is none */
export async function readExportManifest(folder: string): Promise<ExportManifest> {
  const file = join(folder, MANIFEST);
  if (!existsSync(file)) throw new Error(`${folder} holds no export: it has no ${MANIFEST}`);
  const manifest = JSON.parse(await readFile(file, 'utf8')) as ExportManifest;
  if (manifest.manifestVersion !== 1)
    throw new Error(`${file} was written by a newer version of this program`);
  return manifest;
}

/**
 * The folder of an export. The manifest says what belongs to it: rows are added by replacing the manifest, after the files
 * that hold them are whole. What a killed run has left behind is in no manifest, and goes when the next one begins.
 */
export class ExportFolder {
  #manifest: ExportManifest;

  private constructor(
    readonly path: string,
    manifest: ExportManifest,
  ) {
    this.#manifest = manifest;
  }

  /**
   * @param connection holds the lock until it is closed
   * @throws if another run writes there, or the folder holds something else
   */
  static async open(path: string, format: FileFormat, connection: DuckDBConnection): Promise<ExportFolder> {
    await mkdir(path, { recursive: true });
    const found = (await readdir(path)).filter((name) => !name.startsWith(LOCK) && name !== SPILL);
    const isNew = !found.includes(MANIFEST);
    if (isNew && found.some((name) => name !== MANIFEST + UNFINISHED))
      throw new Error(`${path} holds something else: it is not empty, and has no ${MANIFEST}`);
    await lock(path, connection);
    const folder = new ExportFolder(
      path,
      isNew ? emptyManifest(format, new Date().toISOString()) : await readExportManifest(path),
    );
    const { format: former } = folder.#manifest;
    if (former !== format)
      throw new Error(
        `${path} holds an export as ${former}: go on with --format ${former}, or choose another folder`,
      );
    if (isNew) await folder.commit(folder.#manifest);
    else await folder.#removeLeftovers();
    return folder;
  }

  get manifest(): ExportManifest {
    return this.#manifest;
  }

  /** From here on, the export is what the manifest says. */
  async commit(manifest: ExportManifest): Promise<void> {
    const file = join(this.path, MANIFEST);
    const handle = await open(file + UNFINISHED, 'w');
    try {
      await handle.writeFile(`${JSON.stringify(manifest, undefined, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(file + UNFINISHED, file);
    await syncFolder(this.path);
    this.#manifest = manifest;
  }

  /**
   * Has a file written, which is there as a whole or not at all.
   * @param write gets the path to write to
   * @returns its bytes
   */
  async writeFile(path: string, write: (to: string) => Promise<unknown>): Promise<number> {
    const file = join(this.path, path);
    await mkdir(dirname(file), { recursive: true });
    await write(file + UNFINISHED);
    const handle = await open(file + UNFINISHED, 'r');
    try {
      await handle.sync();
      const { size } = await handle.stat();
      await rename(file + UNFINISHED, file);
      await syncFolder(dirname(file));
      return size;
    } finally {
      await handle.close();
    }
  }

  /** @returns the bytes of the file of rejected records, which are part of the export once a manifest says so */
  async reject(records: readonly RejectedRecord[]): Promise<number> {
    const { bytes } = this.#manifest.rejected;
    if (records.length === 0) return bytes;
    const handle = await open(join(this.path, REJECTED), 'a');
    try {
      await handle.truncate(bytes);
      await handle.writeFile(records.map(rejectedLine).join(''));
      await handle.sync();
      return (await handle.stat()).size;
    } finally {
      await handle.close();
    }
  }

  async #removeLeftovers(): Promise<void> {
    await rm(join(this.path, SPILL), { recursive: true, force: true });
    const known = new Set(this.#manifest.files.map(({ path }) => path));
    const found = await readdir(this.path, { recursive: true });
    for (const path of found.map((name) => name.replaceAll('\\', '/')))
      if (OWN_FILE.test(path) && !known.has(path)) await rm(join(this.path, path));
    const rejected = join(this.path, REJECTED);
    if (existsSync(rejected)) await truncate(rejected, this.#manifest.rejected.bytes);
  }
}

async function lock(path: string, connection: DuckDBConnection): Promise<void> {
  const file = join(path, LOCK);
  const attach = () => connection.run(`attach ${literal(file)} as export_lock`);
  try {
    await attach().catch(async (error: unknown) => {
      if (!CUT_OFF.test(messageOf(error))) throw error;
      await makeWhole(file, connection);
      await attach();
    });
  } catch (error) {
    if (!/could not set lock/i.test(messageOf(error))) throw error;
    throw new Error(`another export is writing to ${path}`, { cause: error });
  }
}

/** DuckDB says so of a lock whose run was killed while it was made. */
const CUT_OFF = /not a valid DuckDB database|could not read enough bytes/i;

/** Overwrites the lock instead of replacing it: another run that does the same may hold the file by then. */
async function makeWhole(file: string, connection: DuckDBConnection): Promise<void> {
  const whole = `${file}-${process.pid}${UNFINISHED}`;
  await rm(whole, { force: true });
  await connection.run(`attach ${literal(whole)} as whole_lock`);
  await connection.run('detach whole_lock');
  await writeFile(file, await readFile(whole));
  await rm(whole);
}

/** A renamed file is sure to have its new name once its folder is on disk. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const rejectedLine = ({ position, reason }: RejectedRecord): string =>
  `${JSON.stringify({ position: formatPosition(position), ...position, reason })}\n`;
