import { newId } from '#libs/kernel';
import { deadLetterSelectionSchema } from './dead-letter.schemas.js';

const isAccepted = (body: object): boolean => deadLetterSelectionSchema.safeParse(body).success;
const from = '2026-01-31T12:00:00Z';
const ids = (count: number) => Array.from({ length: count }, () => newId());

describe('a selection of dead letters', () => {
  it.each<[string, object]>([
    ['ids', { ids: ids(1_000) }],
    ['a time', { from }],
    ['two times', { from, to: from }],
    ['all', { all: true }],
  ])('is by %s', (_, body) => expect(isAccepted(body)).toBe(true));

  it.each<[string, object]>([
    ['nothing', {}],
    ['two ways', { all: true, from }],
    ['ids and a time', { ids: ids(1), from }],
    ['`all` set to false', { all: false }],
    ['no ids', { ids: [] }],
    ['too many ids', { ids: ids(1_001) }],
    ['an invalid id', { ids: ['x'] }],
    ['only an end', { to: from }],
  ])('is not by %s', (_, body) => expect(isAccepted(body)).toBe(false));
});
