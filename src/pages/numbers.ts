/** 0.9123 as "91.2 %". */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** A byte count in units of 1000. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  return count < 1e6 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}
