import { X509Certificate } from 'node:crypto';
import { Gauge } from 'prom-client';

/** What is in use from the certificate files of this process. Global, as metrics are. */
const watched = new Map<string, () => string | undefined>();

/** Shows when the certificate ends that is in use from a file. */
export const watchCertificate = (file: string, inUse: () => string | undefined): void =>
  void watched.set(file, inUse);

/**
 * Of what is in use, not of what is in the file: a renewed one that cannot be used leaves the former one, whose end comes
 * nearer. Absent for a file that could never be used.
 */
export const certificateExpiry = new Gauge({
  name: 'orderstream_certificate_expiry_timestamp_seconds',
  help: 'When the first certificate ends that is in use from a file, in seconds since 1970.',
  labelNames: ['file'],
  aggregator: 'min',
  collect(this: Gauge<'file'>) {
    this.reset();
    for (const [file, inUse] of watched) {
      const end = endOf(inUse);
      if (end !== undefined) this.set({ file }, end);
    }
  },
});

function endOf(inUse: () => string | undefined): number | undefined {
  try {
    return Date.parse(new X509Certificate(inUse() ?? '').validTo) / 1_000;
  } catch {
    // The log says so where it is used.
    return undefined;
  }
}
