"""The generators in PyTorch: training steps of two players that move at once, and sampling."""

import math

import torch
import torch.nn.functional as F
from pytorch_layout import LAYOUT, image, parameters_of
from pytorch_training import Evaluation, compiled, convolution, dense, make_optimiser, transposed

LEAK = 0.1
LOG_SIGMA_RANGE, FEATURE_RANGE = (-6, 2), (-5, 3)


class Game:
    """losses(parameters, inputs) -> (one loss for each player, figures); gradients of all, then the update of each player.

    Averages of the generator's parameters follow: a <- d a + (1 - d) p, d = min(decay, (1 + step) / (10 + step)).
    """

    def __init__(self, options, parameters, constants, inputs, losses):
        self.players = {"generator": {}, "discriminator": {}}
        for name, value in parameters.items():
            self.players["discriminator" if name.startswith("discriminator/") else "generator"][name] = value.requires_grad_()
        self.parameters, self.inputs, self.losses = {**parameters, **constants}, inputs, losses
        self.start = {name: value.detach().clone() for name, value in parameters.items()}
        self.averages = {name: self.start[name].clone() for name in self.players["generator"]}
        self.optimisers = {player: make_optimiser(options["optimiser"], list(own.values())) for player, own in self.players.items() if own}
        self.decay, self.steps = options["averageDecay"], 0

    def restart(self):
        self.steps = 0
        with torch.no_grad():
            for own in (*self.players.values(), self.averages):
                for name, value in own.items():
                    value.copy_(self.start[name])
            for optimiser in self.optimisers.values():
                for slots in optimiser.state.values():
                    for slot in slots.values():
                        if isinstance(slot, torch.Tensor):
                            slot.zero_()

    def call(self):
        losses, self.figures = self.losses(self.parameters, self.inputs)
        last = list(losses)[-1]
        for player, loss in losses.items():
            values = list(self.players[player].values())
            gradients = torch.autograd.grad(loss, values, retain_graph=player != last)
            self.figures[f"{player}-gradient-norm"] = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
            for value, gradient in zip(values, gradients):
                # Fused optimisers walk over the memory of both: the layout must be that of the parameter.
                value.grad = gradient.contiguous(memory_format=LAYOUT) if gradient.ndim == 4 else gradient.contiguous()
        for optimiser in self.optimisers.values():
            optimiser.step()
        self.follow()
        return sum(loss.detach() for loss in losses.values()).item()

    @torch.no_grad()
    def follow(self):
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        averages = list(self.averages.values())
        torch._foreach_mul_(averages, decay)
        torch._foreach_add_(averages, list(self.players["generator"].values()), alpha=1 - decay)

    def outputs(self):
        return {}


def tower(parameters, name, x):
    """Two strided convolutions over x in [0, 1] and flattening."""
    h = 2 * x - 1
    for layer in ("conv1", "conv2"):
        h = F.leaky_relu(convolution(parameters, f"{name}/{layer}", h, 2), LEAK)
    return h.flatten(1)


def head(parameters, name, h):
    return dense(parameters, f"{name}/output", F.leaky_relu(dense(parameters, f"{name}/dense1", h), LEAK))


def encode(parameters, x):
    """Mean and log sigma."""
    mean, log_sigma = head(parameters, "encoder", tower(parameters, "encoder", x)).chunk(2, 1)
    return mean, log_sigma.clamp(*LOG_SIGMA_RANGE)


def infer(parameters, x, noise):
    mean, log_sigma = encode(parameters, x)
    return mean + torch.exp(log_sigma) * noise


def decode(parameters, z, code):
    """Logits of the pixels."""
    height, width, channels = code
    h = F.relu(dense(parameters, "decoder/dense1", z))
    h = F.relu(dense(parameters, "decoder/seed", h)).unflatten(1, (channels, height, width))
    return transposed(parameters, "decoder/output", F.relu(transposed(parameters, "decoder/deconv1", h)))


def discriminate(parameters, x, z=None):
    h = tower(parameters, "discriminator", x)
    if z is not None:
        h = torch.cat([h, F.leaky_relu(dense(parameters, "discriminator/latent/output", z), LEAK)], 1)
    return head(parameters, "discriminator", h)


def game_losses(parameters, options, data, generated):
    """Non-saturating losses from pairs (x of the data, z inferred if any) and generated ones; an encoder learns through the former.

    The discriminator's has half the square of its slope at the data besides, where a pair's two variables are apart.
    """
    variables = [data[0].detach().requires_grad_(), *data[1:]]
    of_data, of_generated = discriminate(parameters, *variables), discriminate(parameters, *generated)
    slopes = torch.autograd.grad(of_data.sum(), variables, create_graph=True)
    penalty = 0.5 * sum(slope.square().sum() for slope in slopes) / len(of_data)
    generator = F.softplus(-of_generated).mean()
    losses = {
        "generator": generator + F.softplus(of_data).mean() if len(data) > 1 else generator,
        "discriminator": F.softplus(-of_data).mean() + F.softplus(of_generated).mean() + options["method"]["gradientPenalty"] * penalty,
    }
    with torch.no_grad():
        figures = {"accuracy-data": (of_data > 0).float().mean(), "accuracy-generated": (of_generated < 0).float().mean(), "gradient-penalty": penalty}
    return losses, figures


def dequantised(inputs):
    return (255 * inputs["x"] + inputs["draw/dequantisation"]) / 256


def gan(options, tensors):
    code = options["codeShape"]

    def losses(parameters, inputs):
        generated = torch.sigmoid(decode(parameters, inputs["draw/z"], code))
        return game_losses(parameters, options, [dequantised(inputs)], [generated])

    return training(options, tensors, losses)


def joint(options, tensors):
    """ALI, and GibbsNet with the gradient through the last inference and decoding of its chain."""
    code, steps = options["codeShape"], options["method"].get("steps", 1)

    def losses(parameters, inputs):
        x, z = dequantised(inputs), inputs["draw/z"]
        with torch.no_grad():
            for step in range(1, steps):
                generated = torch.sigmoid(decode(parameters, z, code))
                if step < steps - 1:
                    z = infer(parameters, generated, inputs[f"draw/eps-{step}"])
        if steps > 1:
            z = infer(parameters, generated, inputs[f"draw/eps-{steps - 1}"])
        generated = torch.sigmoid(decode(parameters, z, code))
        inferred = infer(parameters, x, inputs["draw/eps"])
        return game_losses(parameters, options, [x, inferred], [generated, z])

    return training(options, tensors, losses)


def log_density(a, b, log_sigma):
    """log N(a; b, exp(2 s)) summed over all but the batch, whose mean it is."""
    s = log_sigma.clamp(*FEATURE_RANGE)
    squares = ((a - b).square() * torch.exp(-2 * s)).sum() / a.shape[0]
    return -0.5 * (squares + (2 * s + math.log(2 * math.pi)).sum())


def dr_vae(options, tensors):
    code, strides, method = options["codeShape"], options["classifier"]["strides"], options["method"]

    def hidden_states(parameters, x):
        h, states = (x - 0.5) / 0.5, []
        for layer in range(1, max(method["layers"]) + 1):
            h = F.relu(convolution(parameters, f"classifier/conv{layer}", h, strides[layer - 1]))
            states.append(h)
        return [states[layer - 1] for layer in method["layers"]]

    def losses(parameters, inputs):
        x = inputs["x"]
        mean, log_sigma = encode(parameters, x)
        logits = decode(parameters, mean + torch.exp(log_sigma) * inputs["draw/eps"], code)
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / x.shape[0]
        divergence = (0.5 * (torch.exp(2 * log_sigma) + mean.square() - 1) - log_sigma).sum() / x.shape[0]
        pairs = zip(method["layers"], hidden_states(parameters, x), hidden_states(parameters, torch.sigmoid(logits)))
        features = sum(-log_density(data, decoded, parameters[f"features/{layer}/logSigma"]) for layer, data, decoded in pairs)
        loss = reconstruction + method["beta"] * divergence + method["lambda"] * features
        return {"generator": loss}, {"reconstruction": reconstruction, "kl": divergence}

    return training(options, tensors, losses)


def networks(options, tensors):
    """Parameters of the generator's parts; the rows of the first dense layers and the columns of the decoder's second are pixels."""
    rows = {f"{part}/dense1/kernel": options["codeShape"] for part in ("encoder", "discriminator")}
    columns = {f"decoder/seed/{part}": options["codeShape"] for part in ("kernel", "bias")}
    return parameters_of(tensors, rows, columns)


def training(options, tensors, losses):
    inputs = {name: image(array) if array.ndim == 4 else torch.from_numpy(array) for name, array in tensors.items() if name == "x" or name.startswith("draw/")}
    values = networks(options, {name: array for name, array in tensors.items() if name not in inputs})
    constants = {name: value for name, value in values.items() if name.startswith("classifier/")}
    trained = {name: value for name, value in values.items() if name not in constants}
    return Game(options, trained, constants, inputs, losses)


def sampling(options, tensors):
    z = torch.from_numpy(tensors["z"])
    parameters = networks(options, {name: array for name, array in tensors.items() if name != "z"})
    decoded = compiled(lambda z: torch.sigmoid(decode(parameters, z, options["codeShape"])))

    def sample():
        with torch.no_grad():
            x = torch.cat([decoded(part) for part in z.split(options["batch"])])
            if not torch.isfinite(x).all():
                raise ValueError("not finite")
            return x

    return Evaluation(sample, lambda x: {"x": x.flip(2, 3).permute(0, 2, 3, 1).contiguous()})


WORKLOADS = {"gan": gan, "ali": joint, "gibbsnet": joint, "dr-vae": dr_vae, "sampling": sampling}
#: Two losses over one graph.
EAGER_ONLY = ("gan", "ali", "gibbsnet", "dr-vae")
