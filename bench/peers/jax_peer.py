"""JAX's side of the workloads: each is one function under jax.jit whose state is donated. Argument: threads.

Layouts are TensorFlow's (NHWC, HWIO), which are XLA's own on the CPU. With 1 thread the process is bound to one core,
because XLA sizes its thread pools by the cores that it may use.
"""

import json
import os
import sys

THREADS = int(sys.argv[1])
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])
os.environ["JAX_PLATFORMS"] = "cpu"

try:
    import jax
    import jax.numpy as jnp
    import numpy as np
    from jax import lax
    from peer_protocol import Unsupported, serve
except ImportError as error:
    print(json.dumps({"missing": str(error)}), flush=True)
    sys.exit(0)

IMAGES = ("NHWC", "HWIO", "NHWC")


def make_optimiser(options):
    """(slots at the start of a parameter, update(parameter, gradient, slots, t) -> parameter, slots)."""
    rate = options["learningRate"]
    if options["name"] == "adam":
        def adam(p, g, slots, t):
            m = 0.9 * slots[0] + 0.1 * g
            v = 0.999 * slots[1] + 0.001 * g * g
            return p - rate * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8), (m, v)
        return 2, adam
    momentum = options["momentum"]
    if momentum == 0:
        return 0, lambda p, g, slots, t: (p - rate * g, ())

    def sgd(p, g, slots, t):
        m = momentum * slots[0] + g
        return p - rate * m, (m,)
    return 1, sgd


class Training:
    """loss(parameters, statistics, inputs) -> (loss, new statistics), its gradient and the update in one jitted step."""

    def __init__(self, options, parameters, statistics, inputs, loss):
        count, update = make_optimiser(options["optimiser"])
        self.start = (parameters, statistics)
        self.slots = count
        self.inputs = jax.device_put(inputs)

        def step(state, inputs):
            parameters, statistics, slots, t = state
            (value, statistics), gradients = jax.value_and_grad(loss, has_aux=True)(parameters, statistics, inputs)
            updated = {name: update(p, gradients[name], slots[name], t) for name, p in parameters.items()}
            return ({name: u[0] for name, u in updated.items()}, statistics, {name: u[1] for name, u in updated.items()}, t + 1), value

        self.step = jax.jit(step, donate_argnums=0)
        self.restart()

    def restart(self):
        parameters, statistics = jax.tree.map(lambda array: jnp.array(array, copy=True), self.start)
        slots = {name: tuple(jnp.zeros_like(p) for _ in range(self.slots)) for name, p in parameters.items()}
        self.state = jax.block_until_ready((parameters, statistics, slots, jnp.float32(1)))

    def call(self):
        self.state, loss = jax.block_until_ready(self.step(self.state, self.inputs))
        return float(loss)

    def outputs(self):
        return {}


class Evaluation:
    """A jitted function of fixed inputs that gives a dictionary of arrays."""

    def __init__(self, function, *inputs):
        self.function, self.inputs = jax.jit(function), jax.device_put(inputs)

    def restart(self):
        pass

    def call(self):
        self.result = jax.block_until_ready(self.function(*self.inputs))

    def outputs(self):
        return {name: np.asarray(value) for name, value in self.result.items()}


def split(tensors, inputs):
    """Inputs by name, and the rest."""
    return {name: tensors[name] for name in inputs}, {name: value for name, value in tensors.items() if name not in inputs}


def dense(parameters, name, h):
    return h @ parameters[f"{name}/kernel"] + parameters[f"{name}/bias"]


def convolution(parameters, name, h, stride):
    y = lax.conv_general_dilated(h, parameters[f"{name}/kernel"], (stride, stride), "SAME", dimension_numbers=IMAGES)
    return y + parameters[f"{name}/bias"] if f"{name}/bias" in parameters else y


def cross_entropies(logits, labels):
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[..., None], -1)[..., 0]


def classifier(options, tensors, logits):
    """logits(parameters, statistics, x) -> (logits, new statistics)."""
    inputs, rest = split(tensors, ["x", "y"])
    statistics, parameters = split(rest, [name for name in rest if name.endswith(("/mean", "/variance"))])

    def loss(parameters, statistics, inputs):
        scores, statistics = logits(parameters, statistics, (inputs["x"] - 0.5) / 0.5)
        return jnp.mean(cross_entropies(scores, inputs["y"])), statistics

    return Training(options, parameters, statistics, inputs, loss)


def mlp(options, tensors):
    hidden = [name.split("/")[0] for name in tensors if name.endswith("/kernel") and name != "logits/kernel"]

    def logits(parameters, statistics, h):
        for name in hidden:
            h = jax.nn.relu(dense(parameters, name, h))
        return dense(parameters, "logits", h), statistics

    return classifier(options, tensors, logits)


def convnet_logits(parameters, h, strides):
    for i, stride in enumerate(strides):
        h = jax.nn.relu(convolution(parameters, f"conv{i + 1}", h, stride))
    return dense(parameters, "logits", h.reshape(h.shape[0], -1))


def convnet(options, tensors):
    return classifier(options, tensors, lambda parameters, statistics, h: (convnet_logits(parameters, h, options["strides"]), statistics))


def preact_resnet(options, tensors):
    def logits(parameters, running, h):
        blended = {}

        def norm_relu(name, h):
            mean = jnp.mean(h, (0, 1, 2))
            variance = jnp.mean(jnp.square(h - mean), (0, 1, 2))
            n = h.size // h.shape[-1]
            blended[f"{name}/mean"] = 0.9 * running[f"{name}/mean"] + 0.1 * mean
            blended[f"{name}/variance"] = 0.9 * running[f"{name}/variance"] + 0.1 * variance * (n / (n - 1))
            scale = lax.rsqrt(variance + 1e-5) * parameters[f"{name}/gamma"]
            return jax.nn.relu((h - mean) * scale + parameters[f"{name}/beta"])

        h = convolution(parameters, "stem", h, 1)
        for name, stride in options["blocks"]:
            a = norm_relu(f"{name}/norm1", h)
            residual = norm_relu(f"{name}/norm2", convolution(parameters, f"{name}/conv1", a, stride))
            residual = convolution(parameters, f"{name}/conv2", residual, 1)
            h = residual + (convolution(parameters, f"{name}/shortcut", a, stride) if f"{name}/shortcut/kernel" in parameters else h)
        h = jnp.mean(norm_relu("head/norm", h), (1, 2))
        return dense(parameters, "logits", h), blended

    return classifier(options, tensors, logits)


def lstm(options, tensors):
    inputs, parameters = split(tensors, ["tokens", "targets"])
    vocabulary, width = options["sizes"]

    def loss(parameters, statistics, inputs):
        projected = jax.nn.one_hot(inputs["tokens"], vocabulary) @ parameters["cell/input"] + parameters["cell/bias"]  # [T, N, 4H]

        def cell(carry, x):
            h, c = carry
            i, f, g, o = jnp.split(x + h @ parameters["cell/recurrent"], 4, -1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        zeros = jnp.zeros((projected.shape[1], width))
        _, h = lax.scan(cell, (zeros, zeros), projected)
        return jnp.mean(cross_entropies(dense(parameters, "logits", h), inputs["targets"])), statistics

    return Training(options, parameters, {}, inputs, loss)


def vae(options, tensors):
    inputs, parameters = split(tensors, ["x", "noise"])
    channels, height, width = options["codeShape"]

    def transposed(parameters, name, h):
        y = lax.conv_transpose(h, parameters[f"{name}/kernel"], (2, 2), "SAME", dimension_numbers=IMAGES, transpose_kernel=True)
        return y + parameters[f"{name}/bias"]

    def loss(parameters, statistics, inputs):
        x = inputs["x"]
        h = jax.nn.relu(convolution(parameters, "encode1", x, 2))
        h = jax.nn.relu(convolution(parameters, "encode2", h, 2))
        mean, log_variance = jnp.split(dense(parameters, "posterior", h.reshape(h.shape[0], -1)), 2, -1)
        z = mean + jnp.exp(0.5 * log_variance) * inputs["noise"]
        h = jax.nn.relu(dense(parameters, "expand", z)).reshape(-1, height, width, channels)
        logits = transposed(parameters, "decode2", jax.nn.relu(transposed(parameters, "decode1", h)))
        reconstruction = jnp.sum(jax.nn.softplus(logits) - x * logits)
        divergence = -0.5 * jnp.sum(1 + log_variance - mean * mean - jnp.exp(log_variance))
        return (reconstruction + divergence) / x.shape[0], statistics

    return Training(options, parameters, {}, inputs, loss)


def fgsm(options, tensors):
    inputs, parameters = split(tensors, ["x", "y"])

    def attack(parameters, x, y):
        def logits(x):
            return convnet_logits(parameters, (x - 0.5) / 0.5, options["strides"])

        gradient = jax.grad(lambda x: jnp.sum(cross_entropies(logits(x), y)))(x)
        adversarial = jnp.clip(x + options["epsilon"] * jnp.sign(gradient), 0, 1)
        probabilities = jax.nn.softmax(logits(adversarial))
        return {"adversarial": adversarial, "probabilities": probabilities, "success": jnp.argmax(probabilities, 1) != y}

    return Evaluation(attack, parameters, inputs["x"], inputs["y"])


def elementwise_chain(options, tensors):
    def chain(x):
        h = jax.nn.sigmoid(x * 0.5 + 1.0)
        h = jnp.sqrt(jnp.abs(h * x - 0.1))
        return {"y": jnp.minimum(jnp.tanh(jnp.square(jnp.maximum(h, 0.2)) / 1.7), 0.9)}

    return Evaluation(chain, tensors["x"])


def gemm(options, tensors):
    def product(a, b):
        return {"c": (a.T if options["transposeA"] else a) @ (b.T if options["transposeB"] else b)}

    return Evaluation(product, tensors["a"], tensors["b"])


WORKLOADS = {
    "mlp": mlp, "convnet": convnet, "preact-resnet": preact_resnet, "lstm": lstm, "vae": vae, "fgsm": fgsm,
    "elementwise-chain": elementwise_chain, "gemm": gemm,
}


def load(model, options, tensors):
    if model not in WORKLOADS:
        raise Unsupported(f"no workload {model}")
    return WORKLOADS[model](options, tensors)


serve({"version": jax.__version__, "details": f"{jax.default_backend()}, {os.cpu_count()} cores"}, load)
