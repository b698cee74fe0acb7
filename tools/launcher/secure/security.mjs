import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSecret } from '../running-file.mjs';
import { PRINCIPALS } from './rights.mjs';
import { ServerCertificates } from './server-certificates.mjs';

/** @typedef {import('./rights.mjs').Principal} Principal */

/**
 * What the servers and apps of a secure start need to know each other.
 * @typedef {object} Security
 * @property {ServerCertificates} certificates
 * @property {Readonly<Record<Principal, string>>} passwords at the brokers
 * @property {string} prefix KAFKA_GROUP_PREFIX
 */

/**
 * Needs the packages.
 * @param {{ folder: string, days: number, prefix: string, say: (line: string) => void }} options the life of a certificate;
 * told of renewals
 * @returns {Promise<Security>}
 */
export async function openSecurity({ folder, days, prefix, say }) {
  const certificates = await ServerCertificates.open(folder, { days, say });
  return { certificates, passwords: lastingPasswords(join(folder, 'passwords.json')), prefix };
}

/**
 * @param {string} file
 * @returns {Record<Principal, string>} those of the last start, and new ones of principals that it did not know
 */
function lastingPasswords(file) {
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const passwords = Object.fromEntries(
    PRINCIPALS.map((principal) => [principal, kept[principal] ?? randomBytes(32).toString('base64url')]),
  );
  writeSecret(file, `${JSON.stringify(passwords, undefined, 2)}\n`);
  return /** @type {Record<Principal, string>} */ (passwords);
}
