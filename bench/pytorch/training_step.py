"""The PyTorch side of bench/training-step.ts: the same networks and updates, in eager mode.

Reads one JSON request per line from standard input and answers with one JSON line:
  {"setup": {...}}            -> {"ready": true, "version": "..."}
  {"steps": n, "threads": t}  -> {"milliseconds": [...], "losses": [...]}
"""

import json
import sys
import time

import numpy as np

try:
    import torch
    import torch.nn.functional as F
except ImportError as error:
    print(json.dumps({"missing": str(error)}), flush=True)
    sys.exit(1)


def read_tensor(entry, raw):
    values = np.frombuffer(raw, dtype=entry["dtype"], count=entry["count"], offset=entry["offset"])
    return torch.from_numpy(values.copy()).reshape(entry["shape"])


def same_convolution(h, kernel, bias, stride):
    """Zero padding that keeps the size for stride 1 and gives ceil(size / stride) otherwise, more on the far side."""
    size, reach = h.shape[2], kernel.shape[2]
    total = max((-(-size // stride) - 1) * stride + reach - size, 0)
    near, far = total // 2, total - total // 2
    if near == far:
        return F.conv2d(h, kernel, bias, stride=stride, padding=near)
    return F.conv2d(F.pad(h, (near, far, near, far)), kernel, bias, stride=stride)


def build(setup):
    with open(setup["file"], "rb") as file:
        raw = file.read()
    tensors = {name: read_tensor(entry, raw) for name, entry in setup["tensors"].items()}
    x, y = tensors.pop("x"), tensors.pop("y").long()
    strides = setup["strides"]
    parameters = {}
    for name, value in tensors.items():
        if value.dim() == 4:
            value = value.permute(3, 2, 0, 1)  # [kh, kw, in, out] -> [out, in, kh, kw]
        elif name == "logits/kernel" and strides:
            side, channels = setup["lastSide"], setup["lastChannels"]
            value = value.reshape(side, side, channels, -1).permute(2, 0, 1, 3).reshape(value.shape)
        if value.dim() == 2:
            value = value.t()
        parameters[name] = value.contiguous().requires_grad_()
    if strides:
        x = x.permute(0, 3, 1, 2).contiguous()

    def forward():
        h = (x - 0.5) / 0.5
        for i, stride in enumerate(strides):
            h = F.relu(same_convolution(h, parameters[f"conv{i + 1}/kernel"], parameters[f"conv{i + 1}/bias"], stride))
        h = h.flatten(1)
        for layer in setup["dense"]:
            h = F.relu(F.linear(h, parameters[f"{layer}/kernel"], parameters[f"{layer}/bias"]))
        return F.linear(h, parameters["logits/kernel"], parameters["logits/bias"])

    values = list(parameters.values())
    if setup["optimiser"] == "adam":
        optimiser = torch.optim.Adam(values, lr=setup["rate"], fused=True)
    else:
        optimiser = torch.optim.SGD(values, lr=setup["rate"], momentum=setup["momentum"], fused=True)

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss = F.cross_entropy(forward(), y)
        loss.backward()
        optimiser.step()
        return loss.item()

    return step


def main():
    step = None
    for line in sys.stdin:
        request = json.loads(line)
        if "setup" in request:
            step = build(request["setup"])
            answer = {"ready": True, "version": torch.__version__}
        else:
            torch.set_num_threads(request["threads"])
            milliseconds, losses = [], []
            for _ in range(request["steps"]):
                start = time.perf_counter()
                losses.append(step())
                milliseconds.append(1000 * (time.perf_counter() - start))
            answer = {"milliseconds": milliseconds, "losses": losses}
        print(json.dumps(answer), flush=True)


main()
