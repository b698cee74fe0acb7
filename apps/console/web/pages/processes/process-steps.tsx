import { Text, Timeline } from '@mantine/core';
import { durationText, TimeText } from '../../parts/time-text';
import type { Process } from './process';

const MOST = 100;

/** What came in, and what went out because of it, oldest first. */
export function ProcessSteps({ steps }: { readonly steps: Process['steps'] }) {
  return (
    <>
      {steps.length >= MOST && (
        <Text size="sm" c="dimmed" mb="xs">
          The newest {MOST} steps. The log has them all.
        </Text>
      )}
      <Timeline className="steps" active={steps.length} bulletSize={14} lineWidth={2} role="list">
        {steps.map(({ at, trigger, sent, error }, index) => (
          <Timeline.Item
            key={`${at} ${index}`}
            role="listitem"
            title={trigger}
            {...(error !== undefined && { color: 'red' })}
          >
            {sent.length > 0 && <Text size="sm">sends {sent.join(', ')}</Text>}
            {error !== undefined && (
              <Text size="sm" c="red" className="breaks">
                Error: {error}
              </Text>
            )}
            <Text size="xs" c="dimmed">
              <TimeText at={at} />
              {sinceText(steps[index - 1]?.at, at)}
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
    </>
  );
}

const sinceText = (before: string | undefined, at: string): string =>
  before === undefined ? '' : `, ${durationText(Date.parse(at) - Date.parse(before))} later`;
