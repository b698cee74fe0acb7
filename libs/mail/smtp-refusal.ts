/** The parts of nodemailer's errors that tell who refused what. */
interface SmtpError {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly response?: string;
}

/** Replies about the session or its sign-in, which the next session may not get. */
const OF_THE_SESSION = new Set([500, 502, 503, 504, 530, 534, 535, 538]);

/**
 * The reply by which a mail server refused this mail for good: a 5xx to its recipient or its content.
 * @returns `undefined` for everything that may pass: connections, time-outs, sign-in, the sender, and any 4xx
 */
export function permanentRefusal(error: unknown): string | undefined {
  const { code, command, responseCode = 0, response } = error as SmtpError;
  const isOfTheMail =
    (command === 'RCPT TO' || command === 'DATA') && (code === 'EENVELOPE' || code === 'EMESSAGE');
  return isOfTheMail && responseCode >= 500 && responseCode < 600 && !OF_THE_SESSION.has(responseCode)
    ? (response ?? String(responseCode))
    : undefined;
}
