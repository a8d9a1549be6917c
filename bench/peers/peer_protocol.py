"""The protocol of bench/peers/protocol.ts for Python peers.

One JSON request per line on standard input, one JSON answer per line on what was standard output; everything else that is
printed goes to standard error. Tensors travel in files of raw little-endian numbers with an index by name.
"""

import json
import os
import sys
import time
import traceback

import numpy as np


class Unsupported(Exception):
    """The peer cannot run this workload; the text says why."""


def read_tensors(source):
    """{file, index} -> {name: numpy array}, each with memory of its own."""
    with open(source["file"], "rb") as file:
        raw = file.read()

    def tensor(entry):
        flat = np.frombuffer(raw, dtype=entry["dtype"], count=entry["count"], offset=entry["offset"])
        return flat.reshape(entry["shape"]).copy()

    return {name: tensor(entry) for name, entry in source["index"].items()}


def write_tensors(path, arrays):
    """{name: numpy array} -> {file, index}."""
    index, offset = {}, 0
    with open(path, "wb") as file:
        for name, array in arrays.items():
            raw = np.ascontiguousarray(array)
            index[name] = {"dtype": raw.dtype.name, "shape": list(raw.shape), "count": raw.size, "offset": offset}
            file.write(raw.tobytes())
            offset += raw.nbytes
    return {"file": path, "index": index}


def run_calls(workload, request):
    """Runs untimed calls, then timed ones; outputs are those of the last call."""
    if workload is None:
        raise Unsupported("not loaded")
    if request["restart"]:
        workload.restart()
    for _ in range(request["warmUp"]):
        workload.call()
    milliseconds, losses = [], []
    for _ in range(request["calls"]):
        start = time.perf_counter()
        loss = workload.call()
        milliseconds.append(1000 * (time.perf_counter() - start))
        if loss is not None:
            losses.append(loss)
    answer = {"milliseconds": milliseconds, "losses": losses}
    if "outputFile" in request:
        answer["outputs"] = write_tensors(request["outputFile"], workload.outputs())
    return answer


def serve(description, load):
    """Answers requests until the input ends.

    description: what the peer is, for the first line: {"version": ..., "details": ...}.
    load(model, options, tensors) -> an object with restart(), call() -> loss or None, outputs() -> {name: array}.
    """
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def send(answer):
        answers.write(json.dumps(answer) + "\n")

    send(description)
    workload = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "load" in request:
                setup = request["load"]
                workload = None  # frees the memory of the one before
                workload = load(setup["model"], setup["options"], read_tensors(setup["tensors"]))
                send({"loaded": True})
            else:
                send(run_calls(workload, request["run"]))
        except Unsupported as reason:
            send({"unsupported": str(reason)})
        except Exception as error:  # what a version of the peer cannot do is a result too
            traceback.print_exc()
            send({"unsupported": f"{type(error).__name__}: {error}".splitlines()[0]})
