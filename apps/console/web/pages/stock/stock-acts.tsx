import { Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { client } from '../../api/client';
import { commandHeaders } from '../../api/command';
import { ActButton } from '../../parts/act-button';
import { countText } from '../../parts/numbers';
import { ReasonField } from '../../parts/reason-field';
import type { StockItem } from './stock-item';

interface StockActProps {
  readonly sku: string;
  /** `undefined` before the first receipt. */
  readonly item: StockItem | undefined;
}

/**
 * What a warehouse does. Goods may come in of articles that nobody knows yet. Orders reserve all the time, so a change is not
 * bound to the version that a person saw.
 */
export function StockActs({ sku, item }: StockActProps) {
  return (
    <>
      <ReceiveGoods sku={sku} item={item} />
      <Adjust sku={sku} item={item} />
      {item && <SetThreshold sku={sku} item={item} />}
    </>
  );
}

const wholeNumber = (text: string): number | undefined =>
  /^-?\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;

interface QuantityFieldProps {
  readonly label: string;
  readonly description: string;
  readonly value: string;
  readonly change: (value: string) => void;
}

const QuantityField = ({ label, description, value, change }: QuantityFieldProps) => (
  <TextInput
    label={label}
    description={description}
    inputMode="numeric"
    autoComplete="off"
    value={value}
    onChange={({ currentTarget }) => change(currentTarget.value)}
  />
);

function ReceiveGoods({ sku, item }: StockActProps) {
  const [text, setText] = useState('');
  const quantity = wholeNumber(text) ?? 0;
  return (
    <ActButton
      label="Receive goods"
      said={`${countText(quantity)} received.`}
      variant="filled"
      color="teal"
      isReady={quantity > 0}
      explanation={
        <QuantityField
          label="Quantity"
          description={`Units that came in. ${item?.onHand ?? 0} are on hand now.`}
          value={text}
          change={setText}
        />
      }
      act={() =>
        client.POST('/v1/stock/{sku}/receipts', {
          params: { path: { sku }, header: commandHeaders() },
          body: { quantity },
        })
      }
      done={() => setText('')}
    />
  );
}

function Adjust({ sku, item }: StockActProps) {
  const [text, setText] = useState('');
  const [reason, setReason] = useState('');
  const quantity = wholeNumber(text) ?? 0;
  return (
    <ActButton
      label="Adjust"
      said={`Adjusted by ${countText(quantity)}.`}
      isReady={quantity !== 0 && reason.trim() !== ''}
      explanation={
        <Stack gap="sm">
          <QuantityField
            label="Difference"
            description="Units to add, or with a minus to remove."
            value={text}
            change={setText}
          />
          <ReasonField
            explanation={`${item?.onHand ?? 0} are on hand now, so that would be ${(item?.onHand ?? 0) + quantity}.`}
            value={reason}
            change={setReason}
            isRequired
          />
        </Stack>
      }
      act={() =>
        client.POST('/v1/stock/{sku}/adjustments', {
          params: { path: { sku }, header: commandHeaders() },
          body: { quantity, reason: reason.trim() },
        })
      }
      done={() => setText('')}
    />
  );
}

function SetThreshold({ sku, item }: StockActProps) {
  const [text, setText] = useState(String(item?.lowAt ?? ''));
  const lowAt = text.trim() === '' ? null : wholeNumber(text);
  return (
    <ActButton
      label="Set threshold"
      said="The threshold is set."
      isReady={lowAt === null || (lowAt !== undefined && lowAt >= 0)}
      explanation={
        <QuantityField
          label="Low at"
          description="The article is low at so many available units, which an event tells. Empty: never."
          value={text}
          change={setText}
        />
      }
      act={() =>
        client.PUT('/v1/stock/{sku}/threshold', {
          params: { path: { sku }, header: commandHeaders() },
          body: { lowAt: lowAt ?? null },
        })
      }
    />
  );
}
