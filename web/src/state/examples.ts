/** The texts of `/examples`, taken in when the page is built. */
const texts = import.meta.glob<string>('../../../examples/**/*.{toml,tera,json}', {
  query: '?raw',
  import: 'default',
  eager: true,
});

export function textOf(path: string): string {
  const text = texts[`../../../examples/${path}`];
  if (text === undefined) throw new Error(`the example ${path} is not part of this build`);
  return text;
}
