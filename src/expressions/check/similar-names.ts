/** Number of letters to insert, delete or replace to get from `a` to `b` (Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1]!.toLowerCase() === b[j - 1]!.toLowerCase() ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

const MOST_SHOWN = 12;

/** What to offer where `name` is not known: names that differ little, or else the known ones. */
export function offer(name: string, known: Iterable<string>): string {
  const names = [...new Set(known)];
  const near = names.filter((each) => editDistance(name.slice(0, 64), each) <= Math.max(1, Math.floor(each.length / 3)));
  const shown = near.length > 0 ? near : names;
  if (shown.length === 0) return 'nothing is defined';
  return shown.slice(0, MOST_SHOWN).join(', ') + (shown.length > MOST_SHOWN ? ', ...' : '');
}
