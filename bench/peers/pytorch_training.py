"""Training steps and evaluations in PyTorch, and the layers that several models have."""

import sys

import torch
import torch.nn.functional as F

MODE = sys.argv[2]


def compiled(function):
    """The function, compiled where this peer does so."""
    if MODE == "eager":
        return function
    torch._dynamo.reset()
    return torch.compile(function)


def make_optimiser(options, parameters):
    """The fastest implementation that the version has on the CPU: fused, else for all tensors at once."""
    make, rate = {
        "sgd": lambda **how: torch.optim.SGD(parameters, lr=options["learningRate"], momentum=options["momentum"], **how),
        "adam": lambda **how: torch.optim.Adam(parameters, lr=options["learningRate"], betas=(options["beta1"], options["beta2"]), eps=options["epsilon"], **how),
    }[options["name"]], options["learningRate"]
    try:
        return make(fused=True)
    except (TypeError, RuntimeError):  # 1.13 has it on CUDA only, and for Adam only
        return make(foreach=True)


class Training:
    """loss(parameters, statistics, inputs) -> loss and its gradient, then the optimiser's update."""

    def __init__(self, options, parameters, statistics, inputs, loss):
        self.parameters = {name: value.requires_grad_() for name, value in parameters.items()}
        self.statistics, self.inputs = statistics, inputs
        self.start = {name: value.detach().clone() for name, value in {**parameters, **statistics}.items()}
        self.loss = compiled(loss)
        self.optimiser = make_optimiser(options["optimiser"], list(self.parameters.values()))

    def restart(self):
        with torch.no_grad():
            for name, value in {**self.parameters, **self.statistics}.items():
                value.copy_(self.start[name])
            for slots in self.optimiser.state.values():
                for slot in slots.values():
                    if isinstance(slot, torch.Tensor):
                        slot.zero_()

    def call(self):
        self.optimiser.zero_grad(set_to_none=True)
        loss = self.loss(self.parameters, self.statistics, self.inputs)
        loss.backward()
        self.optimiser.step()
        return loss.item()

    def outputs(self):
        return {}


def split(tensors, inputs):
    """Inputs by name, and the rest."""
    return {name: tensors[name] for name in inputs}, {name: value for name, value in tensors.items() if name not in inputs}


def dense(parameters, name, h):
    return F.linear(h, parameters[f"{name}/kernel"], parameters[f"{name}/bias"])


def convolution(parameters, name, h, stride):
    weight = parameters[f"{name}/kernel"]
    return F.conv2d(h, weight, parameters.get(f"{name}/bias"), stride=stride, padding=(weight.shape[2] - 1) // 2)


def transposed(parameters, name, h):
    """The transpose of a convolution with stride 2: twice the size."""
    weight = parameters[f"{name}/kernel"]
    return F.conv_transpose2d(h, weight, parameters[f"{name}/bias"], stride=2, padding=(weight.shape[2] - 1) // 2, output_padding=weight.shape[2] % 2)


class Evaluation:
    """A function of fixed inputs that gives named tensors."""

    def __init__(self, call, outputs):
        self.compute, self.as_arrays, self.result = call, outputs, None

    def restart(self):
        pass

    def call(self):
        self.result = self.compute()

    def outputs(self):
        return {name: value.numpy() for name, value in self.as_arrays(self.result).items()}
