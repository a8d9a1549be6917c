import { LABEL_OUT_OF_RANGE, TOO_MANY_CLASSES } from '../../errors/datasets.errors.js';

const WHOLE_NUMBER = /^-?\d{1,15}$/;

/** Maps label texts to class indices, over all files of an import. */
export class ClassIndex {
  private readonly indices = new Map<string, number>();
  private readonly numbersAreIndices: boolean;

  /** @param declared class names in order; undefined if the labels seen decide. */
  constructor(
    private readonly declared: readonly string[] | undefined,
    private readonly maxClasses: number,
  ) {
    for (const name of declared ?? []) this.indices.set(name, this.indices.size);
    this.numbersAreIndices = declared !== undefined && !declared.some((name) => WHOLE_NUMBER.test(name));
  }

  /**
   * The index of a label: a declared name, or its index where no name is a number; undeclared, the order of appearance.
   * @throws label-outside-classes, too-many-classes
   */
  of(label: string, file: string, row: number): number {
    const known = this.indices.get(label);
    if (known !== undefined) return known;
    if (label === '') throw LABEL_OUT_OF_RANGE(file, row, label, 'a class name or number');
    if (this.declared === undefined) {
      if (this.indices.size >= this.maxClasses) throw TOO_MANY_CLASSES(file, row, this.maxClasses);
      this.indices.set(label, this.indices.size);
      return this.indices.size - 1;
    }
    const index = this.numbersAreIndices && WHOLE_NUMBER.test(label) ? Number(label) : -1;
    if (index >= 0 && index < this.declared.length) return index;
    const names = this.declared.slice(0, 10).map((name) => `'${name}'`).join(', ') + (this.declared.length > 10 ? ', ...' : '');
    throw LABEL_OUT_OF_RANGE(file, row, label, this.numbersAreIndices ? `0 to ${this.declared.length - 1} or one of ${names}` : `one of ${names}`);
  }

  /** Class names in their final order: as declared, else ascending (by value if all are whole numbers). */
  names(): string[] {
    const names = [...this.indices.keys()];
    if (this.declared !== undefined) return names;
    return names.every((name) => WHOLE_NUMBER.test(name)) ? names.sort((a, b) => Number(a) - Number(b)) : names.sort();
  }

  /** Replaces indices given by `of` by positions in `names()`. */
  finish(labels: Uint16Array): void {
    const order = new Map(this.names().map((name, position) => [name, position]));
    const positions = [...this.indices.keys()].map((name) => order.get(name)!);
    for (let i = 0; i < labels.length; i++) labels[i] = positions[labels[i]!]!;
  }
}
