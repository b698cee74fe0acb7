import { Fieldset, Group, NumberInput, type NumberInputProps, Stack, Switch } from '@mantine/core';
import { ChoiceField, EXHAUSTION_POLICIES, FORMATS, PAYLOADS } from './choice-field';
import type { ChangeDraft, Draft } from './draft';
import { HeadersField } from './headers-field';

interface AdvancedFieldsProps {
  readonly draft: Draft;
  readonly change: ChangeDraft;
  /** Of the headers that the webhook has. */
  readonly headerNames?: readonly string[];
}

const MS = 1_000;

/** How events are sent. The defaults suit most receivers. */
export function AdvancedFields({ draft, change, headerNames = [] }: AdvancedFieldsProps) {
  return (
    <Stack>
      <Fieldset legend="Form">
        <Group align="flex-start" gap="xl">
          <ChoiceField
            label="Payload"
            choices={PAYLOADS}
            value={draft.payload}
            change={(payload) => change({ payload })}
          />
          <ChoiceField
            label="Format"
            choices={FORMATS}
            value={draft.format}
            change={(format) => change({ format })}
          />
        </Group>
      </Fieldset>
      <RetryFields draft={draft} change={change} />
      <PaceFields draft={draft} change={change} />
      <HeadersField names={headerNames} headers={draft.headers} change={(headers) => change({ headers })} />
    </Stack>
  );
}

function RetryFields({ draft, change }: AdvancedFieldsProps) {
  const { retry } = draft;
  const put = (changed: Partial<Draft['retry']>) => change({ retry: { ...retry, ...changed } });
  return (
    <Fieldset legend="When a delivery fails">
      <Stack>
        <Group align="flex-start" grow preventGrowOverflow={false}>
          <Whole
            label="Attempts"
            description="After the last one it is a dead letter."
            min={1}
            max={100}
            value={retry.maxAttempts}
            put={(maxAttempts) => put({ maxAttempts })}
          />
          <Seconds
            label="First delay, in seconds"
            description="It doubles each time, plus up to a quarter by chance."
            min={0.001}
            max={3_600}
            value={retry.initialDelayMs}
            put={(initialDelayMs) => put({ initialDelayMs })}
          />
          <Seconds
            label="Longest delay, in seconds"
            description="A receiver’s Retry-After may ask for more."
            min={0.001}
            max={86_400}
            value={retry.maxDelayMs}
            put={(maxDelayMs) => put({ maxDelayMs })}
          />
          <Seconds
            label="Timeout, in seconds"
            description="Within it, the receiver must answer."
            min={0.05}
            max={60}
            value={retry.timeoutMs}
            put={(timeoutMs) => put({ timeoutMs })}
          />
        </Group>
        <ChoiceField
          label="When attempts run out"
          choices={EXHAUSTION_POLICIES}
          value={draft.onExhausted}
          change={(onExhausted) => change({ onExhausted })}
        />
      </Stack>
    </Fieldset>
  );
}

function PaceFields({ draft: { batch, rateLimit }, change }: AdvancedFieldsProps) {
  return (
    <Fieldset legend="Pace">
      <Stack>
        <Switch
          label="Limit the rate"
          checked={rateLimit !== null}
          onChange={({ currentTarget }) => change({ rateLimit: currentTarget.checked ? 50 : null })}
        />
        {rateLimit !== null && (
          <Whole
            label="Requests per second, at most"
            min={1}
            max={10_000}
            value={rateLimit}
            put={(rateLimit) => change({ rateLimit })}
          />
        )}
        <Switch
          label="Several events in one request"
          checked={batch !== null}
          onChange={({ currentTarget }) =>
            change({ batch: currentTarget.checked ? { maxEvents: 100, maxWaitMs: 0 } : null })
          }
        />
        {batch !== null && (
          <Group align="flex-start">
            <Whole
              label="Events in a request, at most"
              min={1}
              max={1_000}
              value={batch.maxEvents}
              put={(maxEvents) => change({ batch: { ...batch, maxEvents } })}
            />
            <Seconds
              label="Wait for more, in seconds"
              min={0}
              max={60}
              value={batch.maxWaitMs}
              put={(maxWaitMs) => change({ batch: { ...batch, maxWaitMs } })}
            />
          </Group>
        )}
      </Stack>
    </Fieldset>
  );
}

interface WholeProps extends Pick<NumberInputProps, 'label' | 'description' | 'min' | 'max'> {
  readonly value: number;
  readonly put: (value: number) => void;
}

function Whole({ put, ...input }: WholeProps) {
  return (
    <NumberInput
      {...input}
      required
      allowDecimal={false}
      clampBehavior="strict"
      miw={180}
      maw={280}
      onChange={(value) => typeof value === 'number' && put(value)}
    />
  );
}

/** Shows milliseconds as seconds. */
function Seconds({ value, put, ...input }: WholeProps) {
  return (
    <NumberInput
      {...input}
      required
      decimalScale={3}
      miw={180}
      maw={280}
      value={value / MS}
      onChange={(seconds) => typeof seconds === 'number' && put(Math.round(seconds * MS))}
    />
  );
}
