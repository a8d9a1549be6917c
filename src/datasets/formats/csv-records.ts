import { Readable, pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { CSV_MALFORMED } from '../../errors/datasets.errors.js';
import type { DatasetFile } from '../file-roles.js';
import type { DatasetLimits } from '../limits.js';
import { inflatedBytes } from './byte-source.js';

export interface CsvRecord {
  readonly fields: readonly string[];
  /** Line of the file, from 1. */
  readonly line: number;
}

const NEW_LINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Passes bytes on; a line (and with it the number of fields of a record) never grows beyond the limit. */
async function* boundedLines(name: string, source: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Buffer> {
  let line = 1;
  let length = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const newLine = chunk.indexOf(NEW_LINE, at);
      const end = newLine < 0 ? chunk.indexOf(CARRIAGE_RETURN, at) : newLine;
      length += (end < 0 ? chunk.length : end) - at;
      if (length > limit) throw CSV_MALFORMED(name, line, `it is longer than ${limit} bytes`);
      if (end < 0) break;
      length = 0;
      line += 1;
      at = end + 1;
    }
    yield chunk;
  }
}

/** The records of a CSV file (RFC 4180 quoting; lines end in LF, CRLF or CR; empty lines are skipped). @throws csv-malformed */
export async function* csvRecords(file: DatasetFile, delimiter: string, limits: DatasetLimits): AsyncGenerator<CsvRecord> {
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    max_record_size: limits.maxLineBytes,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
  });
  const bytes = boundedLines(file.name, inflatedBytes(file, limits), limits.maxLineBytes);
  pipeline(Readable.from(bytes), parser, () => undefined); // a failure reaches the loop below through `parser`
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      yield { fields: record, line: info.lines };
    }
  } catch (error) {
    throw error instanceof CsvError ? CSV_MALFORMED(file.name, Number(error['lines'] ?? 1), error.message) : error;
  }
}
