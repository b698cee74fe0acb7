import { describe, expect, it } from '@jest/globals';
import { hexDump } from './hex-dump';

describe('hexDump', () => {
  it('shows where bytes are, their numbers, and those that are letters', () => {
    const bytes = Buffer.from([0, 18, ...Buffer.from('Hello, whole world')]);
    expect(hexDump(bytes.toString('base64')).split('\n')).toEqual([
      '0000  00 12 48 65 6c 6c 6f 2c 20 77 68 6f 6c 65 20 77  ..Hello, whole w',
      '0010  6f 72 6c 64                                      orld',
    ]);
  });

  it('leaves what is hidden as it is', () => {
    expect(hexDump('•••')).toBe('•••');
  });

  it('shows nothing of nothing', () => {
    expect(hexDump('')).toBe('');
  });
});
