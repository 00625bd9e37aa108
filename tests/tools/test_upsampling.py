"""Four small kernels on the small image are one large kernel on the doubled one."""

import pytest
import torch

from tools.bench.upsampling import upsampled, without_waste


@pytest.mark.parametrize(("channels", "outputs", "height", "width"), [(1, 1, 1, 1), (3, 5, 4, 7), (4, 2, 8, 8)])
def test_values_and_gradients_are_those_of_the_usual_way(channels, outputs, height, width):
    torch.manual_seed(0)
    tensors = [torch.randn(2, channels, height, width), torch.randn(outputs, channels, 3, 3), torch.randn(outputs)]
    results, gradients = [], []
    for way in (upsampled, without_waste):
        inputs = [t.double().requires_grad_() for t in tensors]
        y = way(*inputs)
        weights = torch.linspace(-1, 1, y.numel(), dtype=torch.float64).view_as(y)
        gradients.append(torch.autograd.grad((y * weights).sum(), inputs))
        results.append(y)
    assert results[0].shape == (2, outputs, 2 * height, 2 * width)
    torch.testing.assert_close(results[0], results[1], rtol=1e-12, atol=1e-12)  # another order of additions, float64
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-11, atol=1e-11)
