import { z } from 'zod';
import { file, integer, isOrigin, list, url } from './setting-values.js';
import { isTrustedProxy, TRUSTED_PROXIES_RULE } from './trusted-proxies.js';

/** The settings of the HTTP server. */
export const httpSettings = {
  HTTP_HOST: z.string().min(1).default('127.0.0.1').describe('Address that the HTTP server listens on.'),
  HTTP_PORT: integer(0, 65_535).default(8080).describe('Port of the HTTP server; 0 picks a free one.'),
  PUBLIC_URL: url('http:', 'https:')
    .optional()
    .describe('Where clients reach the API. Default: HTTP_HOST and HTTP_PORT.'),
  HTTP_TLS_CERT_FILE: file
    .optional()
    .describe(
      'Certificate of this process and its chain, as PEM: it then speaks HTTPS alone. This file and the next two are read ' +
        'again for new connections, so a renewed certificate needs no restart. Default: HTTP without encryption.',
    ),
  HTTP_TLS_KEY_FILE: file.optional().describe('Private key of that certificate, as PEM, not encrypted.'),
  HTTP_TLS_CA_FILE: file
    .optional()
    .describe(
      'Certificate authorities that other command processes may have, as PEM, where they speak HTTPS. Default: those that ' +
        'Node trusts.',
    ),
  HTTP_BODY_LIMIT_BYTES: integer(1_024, 16_777_216)
    .default(1_048_576)
    .describe('Largest request body, decompressed; a larger one gets 413.'),
  HTTP_BATCH_LIMIT_BYTES: integer(1_024, 134_217_728)
    .optional()
    .describe(
      'Largest request body of a batch, decompressed; a larger one gets 413. Default: 16777216, or less where ' +
        'MEMORY_MB is below 512.',
    ),
  HTTP_REQUEST_TIMEOUT_MS: integer(1_000, 300_000)
    .default(30_000)
    .describe('Time for a client to send its whole request; after that it gets 408.'),
  HTTP_MAX_IN_FLIGHT_BYTES: integer(2_048, 64_000_000_000)
    .optional()
    .describe(
      'Memory for bodies and answers of requests in flight, at least twice HTTP_BATCH_LIMIT_BYTES; beyond it ' +
        'requests get 503. A tenant may have no more than the others leave free, at most half if it is alone; ' +
        'beyond that its requests get 429. A parsed body takes several times its size. Default: by MEMORY_MB, at most ' +
        '67108864.',
    ),
  HTTP_MAX_CONNECTIONS_PER_TENANT: integer(10, 1_000_000)
    .default(2_000)
    .describe(
      'Connections of one tenant, and in total of all callers that have sent no API key; one more closes the ' +
        'connection idle the longest.',
    ),
  HTTP_TRUSTED_PROXIES: list(isTrustedProxy, TRUSTED_PROXIES_RULE)
    .default([])
    .describe(
      'Addresses and CIDR ranges of proxies, separated by commas, whose X-Forwarded-For is believed: limits by address ' +
        'then count the client, not the proxy. The header of anybody else is ignored. Default: none.',
    ),
  HTTP_CORS_ORIGINS: list(isOrigin, 'must be origins such as https://shop.example, separated by commas')
    .default([])
    .describe(
      'Origins of web pages whose scripts may call the API, separated by commas, such as https://shop.example. ' +
        'Cookies are never allowed. Default: none.',
    ),
};

type Environment = z.infer<z.ZodObject<typeof httpSettings>>;

/** @returns a line for each setting that another one requires */
export function httpContradictions(env: Environment): string[] {
  const lines: string[] = [];
  if (env.HTTP_TLS_CERT_FILE !== undefined && env.HTTP_TLS_KEY_FILE === undefined)
    lines.push('HTTP_TLS_KEY_FILE: is required by HTTP_TLS_CERT_FILE');
  if (env.HTTP_TLS_KEY_FILE !== undefined && env.HTTP_TLS_CERT_FILE === undefined)
    lines.push('HTTP_TLS_CERT_FILE: is required by HTTP_TLS_KEY_FILE');
  return lines;
}

/** The certificate of the HTTP server; `undefined` where it does not encrypt. */
export const httpTlsOf = ({ HTTP_TLS_CERT_FILE: certFile, HTTP_TLS_KEY_FILE: keyFile }: Environment) =>
  certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
