import { Stepper } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { PageHeader } from '../../parts/page-header';
import { CreatedStep } from './new/created-step';
import { HowStep } from './new/how-step';
import { makeSecret } from './new/make-secret';
import { WhatStep } from './new/what-step';
import { WhereStep } from './new/where-step';
import { type Draft, NEW_DRAFT } from './settings/draft';
import './webhooks.css';
import { NOW } from './settings/place';
import type { CreatedSubscription } from './subscription';

const STEPS = ['where', 'what', 'how'] as const;

/** Where events go, which ones, and how. What is typed lives in this page only, since it may be secret. */
export function NewWebhookPage() {
  const { step } = useSearch({ from: '/webhooks/new' });
  const navigate = useNavigate();
  const [draft, setDraft] = useState(NEW_DRAFT);
  const [startFrom, setStartFrom] = useState(NOW);
  const [secret] = useState(makeSecret);
  const [created, setCreated] = useState<CreatedSubscription>();
  if (created) return <CreatedStep created={created} />;

  const change = (changed: Partial<Draft>) => setDraft((draft) => ({ ...draft, ...changed }));
  const filled = draft.callbackUrl === '' ? 0 : draft.eventTypes.length === 0 ? 1 : 2;
  const at = Math.min(filled, Math.max(0, STEPS.indexOf(step as (typeof STEPS)[number])));
  const go = (index: number) => void navigate({ to: '.', search: { step: STEPS[index] } });
  return (
    <>
      <PageHeader
        title="New webhook"
        description="Three steps. Nothing is sent before the last one, but tests."
      />
      <Stepper
        active={at}
        onStepClick={go}
        size="sm"
        maw={860}
        allowNextStepsSelect={false}
        className="steps-bar"
      >
        <Stepper.Step label="Where" description="The address">
          <WhereStep draft={draft} change={change} secret={secret} next={() => go(1)} />
        </Stepper.Step>
        <Stepper.Step label="What" description="Events, filter, order">
          <WhatStep draft={draft} change={change} back={() => go(0)} next={() => go(2)} />
        </Stepper.Step>
        <Stepper.Step label="How" description="Retries and more">
          <HowStep
            {...{ draft, change, startFrom, setStartFrom, secret }}
            back={() => go(1)}
            created={setCreated}
          />
        </Stepper.Step>
      </Stepper>
    </>
  );
}
