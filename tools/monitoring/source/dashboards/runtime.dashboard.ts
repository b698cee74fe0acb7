import {
  bytesOverTime,
  countOverTime,
  type DashboardData,
  numberNow,
  rate,
  rateOverTime,
  secondsOverTime,
  shareOverTime,
} from './panel.js';

export const RUNTIME_DASHBOARD: DashboardData = {
  name: 'runtime',
  title: 'Orderstream: runtime',
  description: 'Processes, what they depend on, and the machines.',
  rows: [
    {
      title: 'Dependencies',
      panels: [
        countOverTime(
          'ready',
          '1: ready, 0: not. Normal: 1.',
          { '{{part}}': 'min by (part) (orderstream_part_ready)' },
          { alert: 'PartNotReady' },
        ),
        countOverTime(
          'targets',
          'Whether each process answers. Normal: 1.',
          { '{{app}} {{instance}}': 'up' },
          { alert: 'TargetDown' },
        ),
        countOverTime(
          'differences of the log',
          'From what was deployed, and records that block a reader. Normal: 0.',
          {
            '{{level}}': 'max by (level) (orderstream_log_differences)',
            obstacles: 'max(orderstream_log_obstacles)',
          },
          { alert: 'LogDiffers' },
        ),
        rateOverTime(
          'members replaced',
          'Of consumer groups. Normal: 0.',
          { '{{group}}': rate('orderstream_group_restarts_total', 'group') },
          { alert: 'GroupRestarts' },
        ),
        numberNow(
          'next certificate',
          'When the first one ends.',
          'dateTimeFromNow',
          'min(orderstream_certificate_expiry_timestamp_seconds) * 1000',
          { alert: 'CertificateEnds', width: 6 },
        ),
        shareOverTime(
          'free space',
          'Of each volume. Normal: above 15 %.',
          {
            '{{instance}} {{mountpoint}}': 'node_filesystem_avail_bytes / node_filesystem_size_bytes',
          },
          { alert: 'DiskNearlyFull', width: 18 },
        ),
      ],
    },
    {
      title: 'Processes',
      panels: [
        bytesOverTime(
          'memory',
          'Resident, against the bound of MEMORY_MB.',
          {
            '{{instance}}': 'process_resident_memory_bytes',
            'bound of {{instance}}': 'orderstream_memory_bound_bytes',
          },
          { alert: 'MemoryNearBound' },
        ),
        bytesOverTime(
          'heap',
          'Of V8, used.',
          { '{{instance}}': 'nodejs_heap_size_used_bytes' },
          { alert: 'MemoryNearBound' },
        ),
        shareOverTime('CPU', '1 is a whole core. A process uses hardly more than one.', {
          '{{instance}}': 'rate(process_cpu_seconds_total[$__rate_interval])',
        }),
        secondsOverTime(
          'event loop',
          'How late the process comes to what is due, 99 of 100. Normal: below 100 ms.',
          {
            '{{instance}}': 'nodejs_eventloop_lag_p99_seconds',
          },
        ),
        rateOverTime(
          'unhandled errors',
          'Each ends a process. Normal: 0.',
          { errors: rate('orderstream_unforeseen_errors_total') },
          { alert: 'ProcessRestarts' },
        ),
      ],
    },
  ],
};
