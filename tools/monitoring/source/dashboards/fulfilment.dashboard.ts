import { countOverTime, type DashboardData, quantile, rate, rateOverTime, secondsOverTime } from './panel.js';

export const FULFILMENT_DASHBOARD: DashboardData = {
  name: 'fulfilment',
  title: 'Orderstream: fulfilment',
  description: 'How orders become confirmed ones, and who holds them up.',
  rows: [
    {
      title: 'Orders',
      panels: [
        secondsOverTime(
          'creation to confirmation',
          'Normal: 95 of 100 below 10 s.',
          {
            half: quantile(0.5, 'orderstream_order_confirmation_seconds'),
            '95 of 100': quantile(0.95, 'orderstream_order_confirmation_seconds'),
          },
          { alert: 'ConfirmationBudgetBurn' },
        ),
        countOverTime(
          'stuck processes',
          'Normal: 0.',
          { stuck: 'max(orderstream_processes_stuck)' },
          { alert: 'ProcessStuck' },
        ),
        secondsOverTime(
          'age of what was not looked at',
          'Events that no process has been given. Normal: below 10 s.',
          {
            age: 'max(orderstream_consumer_age_seconds{consumer="process-manager"})',
          },
          { alert: 'FulfilmentBehind' },
        ),
        countOverTime('payments in review', 'They wait for a person.', {
          payments: 'max(orderstream_payments_in_review)',
        }),
      ],
    },
    {
      title: 'Who does it',
      panels: [
        secondsOverTime('time to answer', '95 of 100 commands, by who carries them out.', {
          '{{target}}': quantile(0.95, 'orderstream_process_command_seconds', '', 'target'),
        }),
        rateOverTime('answers', 'By who and how.', {
          '{{target}} {{outcome}}': rate('orderstream_process_command_seconds_count', 'target, outcome'),
        }),
        rateOverTime(
          'without an answer',
          'Attempts, and inputs that no process could take. Normal: 0.',
          {
            '{{target}}': rate('orderstream_process_command_failures_total', 'target'),
            'inputs refused': rate('orderstream_process_inputs_refused_total'),
          },
          { alert: 'ProcessStuck' },
        ),
        countOverTime('commands on their way', 'Rises while somebody does not answer.', {
          open: 'sum(orderstream_process_commands_open)',
        }),
        rateOverTime(
          'mails',
          'Attempts by outcome. Normal: nearly all sent.',
          {
            '{{outcome}}': rate('orderstream_mail_attempts_total', 'outcome'),
          },
          { alert: 'MailsUnanswered' },
        ),
      ],
    },
  ],
};
