import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { EVENT_CONTRACTS } from '#libs/contracts';
import { appRoot, describeApi, describeSettings, loadSettings, PROBLEMS } from '#libs/platform';
import { StandaloneModule } from '#apps/standalone';
import { describeTopics } from './asyncapi.mjs';
import { eventsPage } from './events.mjs';

/** Returns the text of every generated document by path. */
export async function makeDocuments() {
  return {
    'docs/openapi.json': json(await openApi()),
    'docs/asyncapi.json': json(describeTopics(EVENT_CONTRACTS)),
    'docs/events.md': eventsPage(),
    'docs/settings.md': settings(),
    'docs/problems.md': problems(),
  };
}

const json = (value) => `${JSON.stringify(value, null, 2)}\n`;

/** Preview mode builds the modules without their providers, so no server is needed. */
async function openApi() {
  const module = appRoot(loadSettings({}), [StandaloneModule]);
  const app = await NestFactory.create(module, new FastifyAdapter(), { preview: true, logger: ['error'] });
  return describeApi(app);
}

function settings() {
  const rows = describeSettings().map(
    ({ name, defaultValue, description }) =>
      `| \`${name}\` | ${defaultValue && `\`${defaultValue}\``} | ${description} |`,
  );
  return `# Settings

Environment variables, the same for every app. A wrong value stops the start with a message that names it.
This page is generated from \`libs/platform/settings/settings.schema.ts\` by \`npm run docs\`.

| variable | default | meaning |
|---|---|---|
${rows.join('\n')}
`;
}

function problems() {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, title, meaning }]) => `| \`${code}\` | ${status} | ${title}. ${meaning} |`,
  );
  return `# Problem codes

Errors are \`application/problem+json\` (RFC 9457) with one of these codes; the list is closed. \`errors[]\` holds a JSON
pointer for each field that is wrong. A running system explains each under \`/problems/<code>\`.
This page is generated from \`libs/platform/http/problem-codes.ts\` by \`npm run docs\`.

| code | status | meaning |
|---|---|---|
${rows.join('\n')}
`;
}
