/**
 * The first key that occurs twice in one object of `json`, or undefined. `JSON.parse` keeps the last of two equal keys
 * in silence, so two readers of one file could see different tensors. `json` must already have been parsed once.
 */
export function duplicateKey(json: string): string | undefined {
  const objects: Set<string>[] = [];
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/gs;
  for (let match = token.exec(json); match; match = token.exec(json)) {
    const text = match[0];
    if (text === '{') objects.push(new Set());
    else if (text === '}') objects.pop();
    else if (match[1] !== undefined) {
      const key = JSON.parse(text.slice(0, text.length - match[1].length)) as string;
      const keys = objects.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}
