/** A place in the source; `line` and `column` count from 1, columns in characters. */
export interface Position {
  readonly line: number;
  readonly column: number;
  /** The text there, for messages. */
  readonly text: string;
}

/** `3:9`: how graph nodes name their place. */
export const siteOf = ({ line, column }: Position): string => `${line}:${column}`;
