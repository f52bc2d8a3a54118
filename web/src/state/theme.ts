/** Light, dark, or as the system is. */
import { effect, signal } from '@preact/signals';

import { local } from './storage';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'clnrm.theme';

export const theme = signal<Theme>('system');

export function followTheme(): void {
  const known = local.getItem(KEY);
  theme.value = THEMES.find((name) => name === known) ?? 'system';
  effect(() => {
    document.documentElement.dataset['theme'] = theme.value;
    local.setItem(KEY, theme.value);
  });
}
