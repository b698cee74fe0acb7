import { Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { client } from '../../api/client';
import { changeHeaders } from '../../api/command';
import { ActButton } from '../../parts/act-button';
import { minorUnitsOf, moneyText } from '../../parts/money';
import { ReasonField, reasonOf } from '../../parts/reason-field';
import { type Payment, refundable } from './payment';

/** What a person may do about a payment. */
export function PaymentActs({ payment }: { readonly payment: Payment }) {
  if (payment.status === 'in-review') return <Review payment={payment} />;
  return refundable(payment) > 0 ? <Refund payment={payment} /> : null;
}

function Review({ payment: { orderId, version, amount, currency } }: { readonly payment: Payment }) {
  const [reason, setReason] = useState('');
  const review = (decision: 'approve' | 'reject') => () =>
    client.POST('/v1/payments/{orderId}/review', {
      params: { path: { orderId }, header: changeHeaders(version) },
      body: { decision, ...reasonOf(reason) },
    });
  const money = moneyText(amount, currency);
  return (
    <>
      <ActButton
        label="Approve"
        said="Approved: the gateway is asked for the money."
        variant="filled"
        color="teal"
        explanation={
          <ReasonField
            explanation={`The gateway is asked for ${money}, and the order goes on.`}
            value={reason}
            change={setReason}
          />
        }
        act={review('approve')}
      />
      <ActButton
        label="Reject"
        said="Rejected: the order is cancelled."
        variant="outline"
        color="red"
        typed="reject"
        explanation={
          <ReasonField
            explanation={`The ${money} are not taken, and the order is cancelled. Nobody can undo this.`}
            value={reason}
            change={setReason}
          />
        }
        act={review('reject')}
      />
    </>
  );
}

function Refund({ payment }: { readonly payment: Payment }) {
  const { orderId, version, currency } = payment;
  const most = refundable(payment);
  const [text, setText] = useState('');
  const [reason, setReason] = useState('');
  const isAll = text.trim() === '';
  const amount = isAll ? most : minorUnitsOf(text, currency);
  const isPossible = amount !== undefined && amount > 0 && amount <= most;
  return (
    <ActButton
      label="Refund"
      said="The gateway is asked to give the money back."
      typed="refund"
      isReady={isPossible}
      explanation={
        <Stack gap="sm">
          <TextInput
            label={`Amount in ${currency}`}
            description={`At most ${moneyText(most, currency)}. Empty: all of it.`}
            inputMode="decimal"
            autoComplete="off"
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
            error={isPossible ? undefined : 'This is no amount that can be refunded.'}
          />
          <ReasonField
            explanation={
              isPossible ? `The gateway gives ${moneyText(amount, currency)} back. Nobody can undo this.` : ''
            }
            value={reason}
            change={setReason}
          />
        </Stack>
      }
      act={() =>
        client.POST('/v1/payments/{orderId}/refunds', {
          params: { path: { orderId }, header: changeHeaders(version) },
          body: { ...(!isAll && amount !== undefined && { amount }), ...reasonOf(reason) },
        })
      }
    />
  );
}
