import { Command } from 'commander';
import { diagnose } from '../doctor/doctor.js';
import { cliSettings, print } from '../cli-settings.js';
import { doctorReport } from './doctor-report.js';

/** Exits with 1 if a promise does not hold on this cluster, so that a deployment can depend on it. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'check what the Kafka cluster can promise, by its settings and by a probe on a topic of its own',
    )
    .option('--json', 'print the findings as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const settings = cliSettings();
      // An interrupted probe must still delete its topic.
      const stop = new AbortController();
      const interrupt = (): void => stop.abort();
      process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
      try {
        const diagnosis = await diagnose(settings, stop.signal);
        print(
          json ? JSON.stringify(diagnosis, undefined, 2) : doctorReport(diagnosis, settings.kafka.brokers),
        );
        if (diagnosis.level === 'fail') process.exitCode = 1;
      } finally {
        process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      }
    });
}
