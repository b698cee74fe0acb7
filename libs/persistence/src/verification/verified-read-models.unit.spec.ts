import { verifiedReadModel } from '#libs/projections';
import { READ_MODELS } from '../projections/read-models.js';

it.each(READ_MODELS)('every table of $name is verified', ({ name, tables }) => {
  expect(verifiedReadModel(name).tables.map((table) => table.name)).toEqual(tables);
});
