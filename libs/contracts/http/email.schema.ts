import { z } from 'zod';

const MAX_LENGTH = 320;
/** In bytes of UTF-8 (RFC 5321, section 4.5.3.1). */
const [MAX_LOCAL_BYTES, MAX_DOMAIN_BYTES] = [64, 255];

/** RFC 6531 adds Unicode to RFC 5321. This excludes controls, spaces and lone surrogates. */
const BEYOND_ASCII = String.raw`[^\p{ASCII}\p{Cc}\p{Cs}\p{Z}]`;
const ATOM = String.raw`(?:[\w!#$%&'*+/=?^\x60{|}~-]|${BEYOND_ASCII})+`;
const QUOTED = String.raw`"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e]|${BEYOND_ASCII})*"`;
const LOCAL = new RegExp(String.raw`^(?:${ATOM}(?:\.${ATOM})*|${QUOTED})$`, 'u');
const LABEL = String.raw`[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}\u200c\u200d-]*[\p{L}\p{M}\p{N}])?`;
const DOMAIN = new RegExp(String.raw`^(?:${LABEL}\.)+(?!\p{Nd}+$)${LABEL}$`, 'u');

/** Whether the text is an RFC 5321 or RFC 6531 address at a domain of two labels or more. */
export function isEmailAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)];
  return (
    at > 0 &&
    Buffer.byteLength(local) <= MAX_LOCAL_BYTES &&
    Buffer.byteLength(domain) <= MAX_DOMAIN_BYTES &&
    LOCAL.test(local) &&
    DOMAIN.test(domain) &&
    // The URL parser knows which labels are valid in other scripts.
    URL.canParse(`http://${domain}`)
  );
}

export const emailSchema = z
  .string()
  .max(MAX_LENGTH)
  .refine(isEmailAddress, 'must be an e-mail address, such as ada@example.com')
  .describe('Internationalised addresses (RFC 6531) are allowed.')
  .meta({ format: 'idn-email' });
