"""PyTorch's side of the workloads, in eager mode or with torch.compile. Arguments: threads, `eager` or `compile`."""

import json
import sys

try:
    import torch
    import torch.nn.functional as F
    from peer_protocol import Unsupported, serve
except ImportError as error:
    print(json.dumps({"missing": str(error)}), flush=True)
    sys.exit(0)

import pytorch_generators
from pytorch_layout import image, parameters_of
from pytorch_training import MODE, Evaluation, Training, compiled, convolution, dense, split, transposed

torch.set_num_threads(int(sys.argv[1]))


def mlp(options, tensors):
    given, rest = split(tensors, ["x", "y"])
    hidden = [name.split("/")[0] for name in rest if name.endswith("/kernel") and name != "logits/kernel"]

    def loss(parameters, _, inputs):
        h = (inputs["x"] - 0.5) / 0.5
        for name in hidden:
            h = F.relu(dense(parameters, name, h))
        return F.cross_entropy(dense(parameters, "logits", h), inputs["y"])

    inputs = {"x": torch.from_numpy(given["x"]), "y": torch.from_numpy(given["y"]).long()}
    return Training(options, parameters_of(rest, {}, {}), {}, inputs, loss)


def convnet_logits(parameters, x, strides):
    h = (x - 0.5) / 0.5
    for i, stride in enumerate(strides):
        h = F.relu(convolution(parameters, f"conv{i + 1}", h, stride))
    return dense(parameters, "logits", h.flatten(1))


def convnet(options, tensors):
    given, rest = split(tensors, ["x", "y"])

    def loss(parameters, _, inputs):
        return F.cross_entropy(convnet_logits(parameters, inputs["x"], options["strides"]), inputs["y"])

    inputs = {"x": image(given["x"]), "y": torch.from_numpy(given["y"]).long()}
    return Training(options, parameters_of(rest, {"logits/kernel": options["lastShape"]}, {}), {}, inputs, loss)


def preact_resnet(options, tensors):
    given, rest = split(tensors, ["x", "y"])
    statistics, trained = split(rest, [name for name in rest if name.endswith(("/mean", "/variance"))])

    def norm_relu(parameters, running, name, h):
        return F.relu(F.batch_norm(
            h, running[f"{name}/mean"], running[f"{name}/variance"], parameters[f"{name}/gamma"], parameters[f"{name}/beta"],
            training=True, momentum=0.1, eps=1e-5))

    def shortcut(parameters, name, h, stride):
        # On turned images the pixels that a 1x1 kernel with stride 2 reads are the odd ones.
        return F.conv2d(h if stride == 1 else h[:, :, 1::2, 1::2], parameters[f"{name}/kernel"])

    def loss(parameters, running, inputs):
        h = convolution(parameters, "stem", (inputs["x"] - 0.5) / 0.5, 1)
        for name, stride in options["blocks"]:
            a = norm_relu(parameters, running, f"{name}/norm1", h)
            residual = convolution(parameters, f"{name}/conv1", a, stride)
            residual = norm_relu(parameters, running, f"{name}/norm2", residual)
            residual = convolution(parameters, f"{name}/conv2", residual, 1)
            h = residual + (shortcut(parameters, f"{name}/shortcut", a, stride) if f"{name}/shortcut/kernel" in parameters else h)
        h = norm_relu(parameters, running, "head/norm", h).mean((2, 3))
        return F.cross_entropy(dense(parameters, "logits", h), inputs["y"])

    inputs = {"x": image(given["x"]), "y": torch.from_numpy(given["y"]).long()}
    return Training(options, parameters_of(trained, {}, {}), parameters_of(statistics, {}, {}), inputs, loss)


def recurrence(*arguments):
    """PyTorch's LSTM. torch.compile leaves torch.nn.LSTM to eager mode, and so does this peer."""
    return torch._VF.lstm(*arguments, True, 1, 0.0, True, False, False)[0]


def lstm(options, tensors):
    given, rest = split(tensors, ["tokens", "targets"])
    parameters = parameters_of(rest, {}, {})
    cell = torch.nn.LSTM(*options["sizes"])
    zeros = torch.zeros_like(parameters["cell/bias"])  # PyTorch's second bias, not trained
    run = recurrence if MODE == "eager" else torch.compiler.disable(recurrence)

    def loss(parameters, _, inputs):
        x = F.one_hot(inputs["tokens"], cell.input_size).float()  # [T, N, V]
        weights = [parameters["cell/input"], parameters["cell/recurrent"], parameters["cell/bias"], zeros]
        start = x.new_zeros(1, x.shape[1], cell.hidden_size)
        h = run(x, (start, start), weights)
        return F.cross_entropy(dense(parameters, "logits", h.flatten(0, 1)), inputs["targets"].flatten())

    inputs = {name: torch.from_numpy(array).long() for name, array in given.items()}
    return Training(options, parameters, {}, inputs, loss)


def vae(options, tensors):
    given, rest = split(tensors, ["x", "noise"])

    def loss(parameters, _, inputs):
        x = inputs["x"]
        h = F.relu(convolution(parameters, "encode1", x, 2))
        h = F.relu(convolution(parameters, "encode2", h, 2))
        mean, log_variance = dense(parameters, "posterior", h.flatten(1)).chunk(2, 1)
        z = mean + torch.exp(0.5 * log_variance) * inputs["noise"]
        h = F.relu(dense(parameters, "expand", z)).unflatten(1, options["codeShape"])
        logits = transposed(parameters, "decode2", F.relu(transposed(parameters, "decode1", h)))
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        divergence = -0.5 * torch.sum(1 + log_variance - mean * mean - torch.exp(log_variance))
        return (reconstruction + divergence) / x.shape[0]

    channels, height, width = options["codeShape"]
    rows = (height, width, channels)
    parameters = parameters_of(rest, {"posterior/kernel": rows}, {"expand/kernel": rows, "expand/bias": rows})
    return Training(options, parameters, {}, {"x": image(given["x"]), "noise": torch.from_numpy(given["noise"])}, loss)


def fgsm(options, tensors):
    given, rest = split(tensors, ["x", "y"])
    parameters = parameters_of(rest, {"logits/kernel": options["lastShape"]}, {})
    x, y, epsilon = image(given["x"]), torch.from_numpy(given["y"]).long(), options["epsilon"]
    logits = compiled(lambda x: convnet_logits(parameters, x, options["strides"]))

    def attack():
        leaf = x.detach().requires_grad_()
        gradient, = torch.autograd.grad(F.cross_entropy(logits(leaf), y, reduction="sum"), leaf)
        with torch.no_grad():
            adversarial = (x + epsilon * gradient.sign()).clamp(0, 1)
            scores = torch.softmax(logits(adversarial), 1)
            return adversarial, scores, scores.argmax(1) != y

    def outputs(result):
        adversarial, probabilities, _ = result
        return {"adversarial": adversarial.flip(2, 3).permute(0, 2, 3, 1).contiguous(), "probabilities": probabilities}

    return Evaluation(attack, outputs)


def elementwise_chain(options, tensors):
    x = torch.from_numpy(tensors["x"])

    def chain(x):
        h = torch.sigmoid(x * 0.5 + 1.0)
        h = torch.sqrt(torch.abs(h * x - 0.1))
        return torch.clamp(torch.tanh(torch.square(torch.clamp(h, min=0.2)) / 1.7), max=0.9)

    function = compiled(chain)
    return Evaluation(lambda: function(x), lambda y: {"y": y})


def gemm(options, tensors):
    a, b = torch.from_numpy(tensors["a"]), torch.from_numpy(tensors["b"])
    left, right = a.t() if options["transposeA"] else a, b.t() if options["transposeB"] else b
    c = torch.empty(left.shape[0], right.shape[1])
    return Evaluation(lambda: torch.mm(left, right, out=c), lambda c: {"c": c})


WORKLOADS = {
    "mlp": mlp, "convnet": convnet, "preact-resnet": preact_resnet, "lstm": lstm, "vae": vae, "fgsm": fgsm,
    "elementwise-chain": elementwise_chain, "gemm": gemm, **pytorch_generators.WORKLOADS,
}


def load(model, options, tensors):
    if MODE == "compile" and model == "gemm":
        raise Unsupported("a single operation: nothing to compile")
    if MODE == "compile" and model in pytorch_generators.EAGER_ONLY:
        raise Unsupported("not written for torch.compile, whose backward pass gives all gradients at once")
    return WORKLOADS[model](options, tensors)


if MODE == "compile" and not hasattr(torch, "compile"):
    print(json.dumps({"missing": f"PyTorch {torch.__version__} has no torch.compile"}), flush=True)
    sys.exit(0)
serve({"version": torch.__version__, "details": torch.__config__.show().split("\n")[0]}, load)
