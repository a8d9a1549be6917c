import { engineFor } from '../../compiler/engines.js';
import { RampartError } from '../../errors/index.js';
import { ExpressionHost } from './expression-host.js';
import type { MessageFromHost, MessageToHost, WorkItem } from './protocol.js';
import { StateNeeded } from './state-needed.js';

let host: ExpressionHost | undefined;

const send = (message: MessageFromHost): void => void process.send!(message);

async function work(item: WorkItem): Promise<void> {
  try {
    send({ type: 'done', result: await host!.perform(item) });
  } catch (error) {
    if (error instanceof StateNeeded) send({ type: 'state-needed' });
    else if (error instanceof RampartError) send({ type: 'refused', code: error.code, status: error.status, title: error.title, detail: error.message, errors: error.errors });
    else send({ type: 'failed', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

// One request at a time: the parent sends the next one after the answer. Signals are left to the parent.
process.on('message', (message: MessageToHost) => {
  switch (message.type) {
    case 'settings':
      host = new ExpressionHost(message.settings, engineFor('onnx'));
      return send({ type: 'ready' });
    case 'work':
      return void work(message.item);
  }
});
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
// Not exit(): native threads may be inside a computation, and nothing here needs an orderly end.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
