/** The bar along the top: where to begin, how to judge, what to do with the result. */
import { signal } from '@preact/signals';

import { THEMES, theme } from '../state/theme';
import { Download, HalfMoon, Logo, Moon, Question, Sliders, Sun } from '../ui/icons';
import { downloadFiles } from './download';
import { SettingsFields } from './SettingsFields';

export type DialogName = 'examples' | 'drafts' | 'share' | 'help';
/** The dialog that is open. */
export const dialog = signal<DialogName | null>(null);

const settingsOpen = signal(false);

const THEME_ICONS = { system: HalfMoon, light: Sun, dark: Moon };

export function Bar() {
  const ThemeIcon = THEME_ICONS[theme.value];
  const nextTheme = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'system';
  return (
    <header class="top">
      <div class="brand">
        <Logo />
        <h1>
          clnrm <span>playground</span>
        </h1>
      </div>
      <button type="button" class="quiet" onClick={() => (dialog.value = 'examples')}>
        Examples
      </button>
      <button type="button" class="quiet" onClick={() => (dialog.value = 'drafts')}>
        Drafts
      </button>
      <button
        type="button"
        class="quiet square settings-toggle"
        aria-label="Settings"
        title="Settings"
        aria-expanded={settingsOpen.value}
        aria-controls="settings"
        onClick={() => (settingsOpen.value = !settingsOpen.value)}
      >
        <Sliders />
      </button>
      <SettingsFields open={settingsOpen.value} />
      <div class="actions">
        <button
          type="button"
          class="quiet square download"
          aria-label="Download"
          title="Download the files"
          onClick={downloadFiles}
        >
          <Download />
        </button>
        <button
          type="button"
          class="quiet square"
          aria-label={`Colours: ${theme.value}`}
          title={`Colours: ${theme.value}. Click for ${nextTheme}`}
          onClick={() => (theme.value = nextTheme)}
        >
          <ThemeIcon />
        </button>
        <button
          type="button"
          class="quiet square"
          aria-label="Help"
          title="Help and keys (F1)"
          onClick={() => (dialog.value = 'help')}
        >
          <Question />
        </button>
        <button type="button" class="primary" onClick={() => (dialog.value = 'share')}>
          Share
        </button>
      </div>
    </header>
  );
}
