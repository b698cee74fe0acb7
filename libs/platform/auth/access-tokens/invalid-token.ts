import { errors } from 'jose';
import { ProblemException } from '../../http/problem.js';

/**
 * A token that is not accepted. Tells its holder what is wrong, in words without quotes or backslashes, which the header
 * `WWW-Authenticate` cannot hold; and nothing of what would be accepted instead.
 */
export const invalidToken = (detail: string, cause?: unknown): ProblemException =>
  new ProblemException('unauthorized', detail, { challenge: 'invalid_token', cause });

const CLAIMS: Readonly<Record<string, string>> = {
  aud: 'The access token is for another audience.',
  exp: 'The access token does not say when it expires.',
  iss: 'The access token is from another issuer.',
  nbf: 'The access token is not valid yet.',
  typ: 'The access token is of another type, such as that of an ID token.',
};

const CANNOT_BE_READ = 'The access token cannot be read.';

/** Says why a token was not verified. */
export function verificationProblem(error: unknown): ProblemException {
  if (error instanceof ProblemException) return error;
  return invalidToken(reasonOf(error), error);
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The access token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) return CLAIMS[error.claim] ?? CANNOT_BE_READ;
  if (error instanceof errors.JOSEAlgNotAllowed)
    return 'The access token is signed by an algorithm that is not accepted.';
  if (error instanceof errors.JWKSNoMatchingKey) return 'The access token is signed by an unknown key.';
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return 'The signature of the access token is wrong.';
  return CANNOT_BE_READ;
}
