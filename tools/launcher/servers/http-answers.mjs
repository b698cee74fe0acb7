import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

const ANSWER_MS = 5_000;

/**
 * @param {string} url
 * @param {object} [options]
 * @param {string | undefined} [options.caFile] PEM of the authority of its certificate, where it is one of our own
 * @param {Record<string, string>} [options.headers]
 * @param {number} [options.timeoutMs]
 * @returns {Promise<{ status: number | undefined, headers: http.IncomingHttpHeaders }>} rejects without an answer
 */
export function askHttp(url, { caFile, headers = {}, timeoutMs = ANSWER_MS } = {}) {
  const options = {
    headers,
    signal: AbortSignal.timeout(timeoutMs),
    agent: false,
    ...(caFile && { ca: readFileSync(caFile) }),
  };
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? https.get(url, options) : http.get(url, options);
    request.on('error', reject).on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode, headers: response.headers });
    });
  });
}
