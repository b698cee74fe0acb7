/**
 * As `fetch`, of a server with a certificate of this authority. Needs the packages.
 * @param {string} url
 * @param {{ caFile?: string | undefined, headers?: Record<string, string>, signal?: AbortSignal }} options
 */
export async function trustingFetch(url, { caFile, ...options }) {
  if (!caFile) return fetch(url, options);
  const { readFileSync } = await import('node:fs');
  const undici = await import('undici');
  const dispatcher = new undici.Agent({ connect: { ca: readFileSync(caFile, 'utf8') } });
  try {
    const { status, headers, ok } = await undici.fetch(url, { ...options, dispatcher });
    return { status, headers, ok };
  } finally {
    void dispatcher.destroy();
  }
}
