/** A name that nothing else in this browser has. */
export const newId = (): string => crypto.getRandomValues(new Uint32Array(2)).join('-');
