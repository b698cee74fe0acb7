import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { privateFolder } from '../../private-folder.mjs';

const KEPT = 500;
/** Times sort as text; the number tells mails of one millisecond apart. */
const NAME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z-\d{6}\.eml$/;
const PARTIAL = '.partial';

/** A private folder of mails, which keeps the newest. */
export class MailFolder {
  /** @type {string[]} */
  #names;
  #count = 0;

  /** @param {string} directory */
  constructor(directory) {
    this.directory = directory;
    privateFolder(directory);
    const found = readdirSync(directory);
    for (const name of found) if (name.endsWith(PARTIAL)) rmSync(join(directory, name));
    this.#names = found.filter((name) => NAME.test(name)).toSorted();
    this.#dropOldest();
  }

  /**
   * Adds a mail in one step, so that nobody reads half of it.
   * @param {Buffer} mail
   * @returns {string} its file name
   */
  add(mail) {
    const number = String(this.#count++ % 1_000_000).padStart(6, '0');
    const name = `${new Date().toISOString().replaceAll(':', '-')}-${number}.eml`;
    const file = join(this.directory, name);
    writeFileSync(`${file}${PARTIAL}`, mail, { mode: 0o600 });
    renameSync(`${file}${PARTIAL}`, file);
    this.#names.push(name);
    this.#dropOldest();
    return name;
  }

  #dropOldest() {
    for (const name of this.#names.splice(0, Math.max(0, this.#names.length - KEPT)))
      rmSync(join(this.directory, name), { force: true });
  }
}
