import { createTheme, type MantineColorsTuple } from '@mantine/core';
import { portalLook } from './portal';

/** Each shade from 6 on has a contrast of at least 4.5 to white, which badges and links need. */
const teal: MantineColorsTuple = [
  '#e6f7fa',
  '#d3ebf0',
  '#a6d6df',
  '#76bfce',
  '#50acc0',
  '#2c8fa5',
  '#0b7285',
  '#096374',
  '#075564',
  '#044552',
];

export const consoleTheme = createTheme({
  primaryColor: 'teal',
  primaryShade: { light: 6, dark: 5 },
  colors: { teal },
  autoContrast: true,
  defaultRadius: 'sm',
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace",
  headings: { fontWeight: '600' },
  respectReducedMotion: true,
  ...portalLook(),
});
