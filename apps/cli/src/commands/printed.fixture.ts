/** Captures what commands print in each case, with the given environment. Restores what they changed after the case. */
export function usePrinted(environment: Readonly<Record<string, string>>) {
  const printed = { out: '', errors: '' };
  const { env } = process;
  const write = { stdout: process.stdout.write, stderr: process.stderr.write };
  beforeEach(() => {
    Object.assign(printed, { out: '', errors: '' });
    process.env = { ...env, ...environment };
    process.exitCode = undefined;
    process.stdout.write = (text: string) => Boolean((printed.out += text));
    process.stderr.write = (text: string) => Boolean((printed.errors += text));
  });
  afterEach(() => {
    process.stdout.write = write.stdout;
    process.stderr.write = write.stderr;
    process.env = env;
    process.exitCode = undefined;
  });
  return printed;
}
