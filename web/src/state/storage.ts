/** The browser's storage; where a browser denies it, one that lasts as long as the page. */

export type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

function open(get: () => Storage): Store {
  try {
    const storage = get();
    storage.getItem('');
    return storage;
  } catch {
    const values = new Map<string, string>();
    return {
      getItem: (key) => values.get(key) ?? null,
      setItem: (key, value) => void values.set(key, value),
      removeItem: (key) => void values.delete(key),
    };
  }
}

/** Shared by all tabs. */
export const local = open(() => localStorage);
/** Of this tab; outlives a reload. */
export const tab = open(() => sessionStorage);
