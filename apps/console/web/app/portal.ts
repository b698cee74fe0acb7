import { darken, lighten, type MantineColorsTuple, type MantineThemeOverride } from '@mantine/core';

/** The page is the portal of a subscriber, under a path of its own, which others may embed. */
export const PORTAL_PATH = '/console/portal';
export const isPortal = location.pathname === PORTAL_PATH || location.pathname.startsWith(`${PORTAL_PATH}/`);

const LOOK_KEY = 'orderstream-portal-look';
const COLOUR = /^[0-9a-f]{6}$/i;
const RADIUS = /^(?:xs|sm|md|lg|xl)$/;

/** What an embedding page may choose by `?color=0b7285&radius=md`; kept for as long as the tab lives. */
export function portalLook(): MantineThemeOverride {
  if (!isPortal) return {};
  const given = new URLSearchParams(location.search);
  const kept = new URLSearchParams(sessionStorage.getItem(LOOK_KEY) ?? '');
  const color = given.get('color') ?? kept.get('color') ?? '';
  const radius = given.get('radius') ?? kept.get('radius') ?? '';
  sessionStorage.setItem(LOOK_KEY, new URLSearchParams({ color, radius }).toString());
  return {
    ...(COLOUR.test(color) && { colors: { teal: shadesOf(`#${color}`) } }),
    ...(RADIUS.test(radius) && { defaultRadius: radius }),
  };
}

/** From a background to text that is legible on it; the chosen colour itself is the seventh, that of buttons. */
const shadesOf = (color: string): MantineColorsTuple => [
  lighten(color, 0.92),
  lighten(color, 0.84),
  lighten(color, 0.68),
  lighten(color, 0.6),
  lighten(color, 0.5),
  lighten(color, 0.25),
  color,
  darken(color, 0.12),
  darken(color, 0.24),
  darken(color, 0.4),
];
