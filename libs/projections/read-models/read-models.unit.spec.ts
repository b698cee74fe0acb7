import { READ_MODELS, verifiedReadModel } from './read-models.js';

it.each(READ_MODELS)('every table of $name is verified', ({ name, tables }) => {
  expect(verifiedReadModel(name).tables.map((table) => table.name)).toEqual(tables);
});
