/** Runs tasks one after the other, in the order in which they were added; a failed task does not stop the next. */
export class CallQueue {
  private last: Promise<unknown> = Promise.resolve();

  add<T>(task: () => Promise<T>): Promise<T> {
    const result = this.last.then(task);
    this.last = result.catch(() => undefined);
    return result;
  }
}
