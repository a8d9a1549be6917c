"""Tensors laid out as PyTorch wants them.

Images are kept turned by 180 degrees: there PyTorch's symmetric padding of a strided 3x3 convolution is the same function as
TensorFlow's `same`, which pads more on the far side. Kernels are turned with them, and flattened images read backwards.
"""

import torch

#: Convolutions are faster so in both versions that were measured.
LAYOUT = torch.channels_last


def image(array):
    """[N, H, W, C] -> turned [N, C, H, W]."""
    return torch.from_numpy(array).permute(0, 3, 1, 2).flip(2, 3).contiguous(memory_format=LAYOUT)


def kernel(array):
    """[kh, kw, in, out] -> turned [out, in, kh, kw]; for a transposed convolution TensorFlow's [kh, kw, out, in] becomes [in, out, kh, kw]."""
    return torch.from_numpy(array).permute(3, 2, 0, 1).flip(2, 3).contiguous(memory_format=LAYOUT)


def turned_rows(array, shape):
    """A matrix whose first rows are pixels of [H, W, C] images in that order -> rows of turned [C, H, W] images; others stay."""
    height, width, channels = shape
    rows, others = torch.from_numpy(array).split([height * width * channels, len(array) - height * width * channels])
    turned = rows.reshape(height, width, channels, -1).flip(0, 1).permute(2, 0, 1, 3)
    return torch.cat([turned.reshape(rows.shape), others])


def parameters_of(tensors, image_rows, image_columns):
    """Kernels and matrices as PyTorch wants them; dense kernels [in, out] become [out, in]."""
    parameters = {}
    for name, array in tensors.items():
        if array.ndim == 4:
            value = kernel(array)
        elif array.ndim == 3:
            value = image(array[None])[0]
        elif name in image_rows:
            value = turned_rows(array, image_rows[name]).t()
        elif name in image_columns:
            value = turned_rows(array.T.copy() if array.ndim == 2 else array[:, None], image_columns[name])
            value = value if array.ndim == 2 else value[:, 0]
        else:
            value = torch.from_numpy(array).t() if array.ndim == 2 else torch.from_numpy(array)
        parameters[name] = value.clone() if value.ndim == 4 else value.contiguous().clone()
    return parameters
