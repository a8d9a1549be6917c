/** A growing list of class indices, 2 bytes each. */
export class LabelList {
  private values = new Uint16Array(4096);
  private count = 0;

  get length(): number {
    return this.count;
  }

  push(label: number): void {
    if (this.count === this.values.length) {
      const larger = new Uint16Array(2 * this.count);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.count++] = label;
  }

  toArray(): Uint16Array {
    return this.values.slice(0, this.count);
  }
}
