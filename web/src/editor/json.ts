/** Colours for traces and other JSON. Looks only: what a text means is the core's to say. */
import { LanguageSupport, StreamLanguage } from '@codemirror/language';

/** Whether a file of this name is coloured as JSON. */
export const isJson = (name: string): boolean => /\.(?:json|jsonl|ndjson)$/.test(name);

export function json(): LanguageSupport {
  return new LanguageSupport(
    StreamLanguage.define({
      name: 'json',
      token(stream) {
        if (stream.eatSpace()) return null;
        if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) {
          return stream.match(/^\s*:/, false) ? 'propertyName' : 'string';
        }
        if (stream.match(/^-?\d[\d.eE+-]*/)) return 'number';
        if (stream.match(/^(?:true|false|null)\b/)) return 'bool';
        stream.next();
        return 'punctuation';
      },
    }),
  );
}
