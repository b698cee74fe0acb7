import type { IncomingHttpHeaders } from 'node:http';

/** Longest credential that is looked at. Access tokens with many claims take some kilobytes. */
export const MAX_CREDENTIAL_LENGTH = 8_192;

const BEARER = new RegExp(`^Bearer +([\\x21-\\x7e]{1,${MAX_CREDENTIAL_LENGTH}})$`, 'i');

/** The API key or access token of a request. */
export const bearerOf = ({ authorization }: IncomingHttpHeaders): string | undefined =>
  BEARER.exec(authorization ?? '')?.[1];
