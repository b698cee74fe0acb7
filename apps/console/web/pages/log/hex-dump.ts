const WIDTH = 16;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** Bytes as people read them: where, in hexadecimal, and those that are letters. What is no base64 was hidden, and stays so. */
export function hexDump(base64: string): string {
  if (!/^[\w+/]*={0,2}$/.test(base64)) return base64;
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += WIDTH) {
    const row = [...bytes.subarray(at, at + WIDTH)];
    const numbers = row.map((byte) => hex(byte, 2)).join(' ');
    const letters = row.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${hex(at, 4)}  ${numbers.padEnd(WIDTH * 3)} ${letters}`);
  }
  return lines.join('\n');
}
