import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Gauge } from 'prom-client';

/** The certificate files of this process. Global, as metrics are. */
const watched = new Set<string>();

/** Shows when the certificate in a file ends. */
export const watchCertificate = (file: string): void => void watched.add(file);

/** Read from the files at each scrape, so that a renewed one shows before it is used. Absent for a file that cannot be read. */
export const certificateExpiry = new Gauge({
  name: 'orderstream_certificate_expiry_timestamp_seconds',
  help: 'When the first certificate in a file ends, in seconds since 1970.',
  labelNames: ['file'],
  aggregator: 'min',
  collect(this: Gauge<'file'>) {
    this.reset();
    for (const file of watched) {
      const end = endOf(file);
      if (end !== undefined) this.set({ file }, end);
    }
  },
});

function endOf(file: string): number | undefined {
  try {
    return Date.parse(new X509Certificate(readFileSync(file)).validTo) / 1_000;
  } catch {
    // The log says so where it is used.
    return undefined;
  }
}
