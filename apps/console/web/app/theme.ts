import { createTheme, type MantineColorsTuple } from '@mantine/core';
import { portalLook } from './portal';

// Each shade from 6 on has a contrast of at least 4.5 to white, and the last one to the second, which badges and links need.
const teal: MantineColorsTuple = [
  '#e6f7fa',
  '#d3ebf0',
  '#a6d6df',
  '#76bfce',
  '#50acc0',
  '#1f7f94',
  '#0b7285',
  '#096374',
  '#075564',
  '#044552',
];

const red: MantineColorsTuple = [
  '#fff5f5',
  '#ffe3e3',
  '#ffc9c9',
  '#ffa8a8',
  '#ff8787',
  '#fa5252',
  '#c92a2a',
  '#b02525',
  '#9c1f1f',
  '#861a1a',
];

const green: MantineColorsTuple = [
  '#ebfbee',
  '#d3f9d8',
  '#b2f2bb',
  '#8ce99a',
  '#69db7c',
  '#51cf66',
  '#2b8a3e',
  '#257a36',
  '#1f692e',
  '#195a27',
];

const yellow: MantineColorsTuple = [
  '#fff9db',
  '#fff3bf',
  '#ffec99',
  '#ffe066',
  '#ffd43b',
  '#fcc419',
  '#9a5b00',
  '#8a5200',
  '#7a4800',
  '#6b3f00',
];

/** The header of a dialog is an element that would be a second banner of the page. */
const NO_BANNER = { attributes: { header: { role: 'presentation' } } };

const look = portalLook();

export const consoleTheme = createTheme({
  primaryColor: 'teal',
  primaryShade: { light: 6, dark: 5 },
  autoContrast: true,
  defaultRadius: 'sm',
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace",
  headings: { fontWeight: '600' },
  respectReducedMotion: true,
  components: {
    Drawer: { defaultProps: NO_BANNER },
    Modal: { defaultProps: NO_BANNER },
  },
  ...look,
  colors: { teal, red, green, yellow, ...look.colors },
});
