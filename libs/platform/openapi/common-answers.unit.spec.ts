import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf, withCommonAnswers } from './common-answers.js';

const problem = {
  description: '',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

function described(path: string, method: 'get' | 'post', operation: object = {}) {
  const document = {
    paths: { [path]: { [method]: { responses: {}, ...operation } } },
  } as unknown as OpenAPIObject;
  const { components } = withCommonAnswers(document);
  const [found] = [...operationsOf(document)];
  return { responses: found?.operation.responses ?? {}, shared: components?.responses ?? {} };
}
const statusesOf = (...given: Parameters<typeof described>) =>
  Object.keys(described(...given).responses).map(Number);

describe('the answers that every operation can give', () => {
  it('depend on method, path and key alone', () => {
    const always = [400, 405, 408, 414, 417, 431, 500, 501, 503, 505];
    expect(statusesOf('/things', 'get')).toEqual(expect.arrayContaining([...always, 401, 429]));
    expect(statusesOf('/things', 'get')).not.toEqual(expect.arrayContaining([404]));
    expect(statusesOf('/things/{id}', 'get')).toEqual(expect.arrayContaining([404]));
    expect(statusesOf('/things', 'post')).toEqual(expect.arrayContaining([...always, 413, 415]));
    const open = statusesOf('/things', 'get', { security: [] });
    expect(open).toEqual(expect.arrayContaining(always));
    expect(open).not.toEqual(expect.arrayContaining([401]));
  });

  it('are described once, with their codes and what comes with them', () => {
    const { responses, shared } = described('/things', 'get', { responses: { 410: problem } });
    expect(responses[410]).toEqual({ $ref: '#/components/responses/Gone' });
    expect(shared['Gone']).toMatchObject({
      description: expect.stringContaining('`events-gone`') as string,
      content: { 'application/problem+json': {} },
    });
    expect(shared['ServiceUnavailable']).toHaveProperty('headers.Retry-After');
    for (const limited of ['TooManyRequests', 'BadRequest', 'Gone', 'ServiceUnavailable'])
      expect(shared[limited]).toHaveProperty('headers.RateLimit');
    expect(shared['Forbidden']).not.toHaveProperty('headers.RateLimit');
  });

  it('leave an answer that is no problem as it is, beside the problem', () => {
    const report = {
      description: 'Some of it does not.',
      content: { 'application/json': { schema: { type: 'object' } } },
    };
    const { responses } = described('/ready', 'get', { responses: { 200: report, 503: report } });
    expect(responses[200]).toMatchObject(report);
    expect(responses[503]).toMatchObject({
      description: report.description,
      content: { ...report.content, 'application/problem+json': {} },
    });
  });
});
