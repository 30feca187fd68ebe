"""ResNet18 and VGG16: as published, for one channel and two classes."""

import importlib

import numpy
import pytest
import torch
from torch import nn

from darfix_wb.errors import DarfixWBError
from darfix_wb.model import BeamModel
from darfix_wb.networks import build_network, count_macs, count_parameters
from darfix_wb.normalization import LogScaling
from darfix_wb.training.data import TrainingSet
from darfix_wb.training.fit import fit
from darfix_wb.training.optimisation import count_batches, draw_batches
from darfix_wb.training.options import FitOptions

NAMES = ("resnet18", "vgg16")
PATCH_SIZE = 32

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def slim(monkeypatch):
    """VGG16 with short fully connected layers: 15 million parameters instead of 134."""
    monkeypatch.setattr(importlib.import_module("darfix_wb.networks.vgg16"), "HIDDEN", 16)


@pytest.fixture(scope="module")
def patches():
    """Seventeen patches of 32 px, dim and weak or bright and strong in turn."""
    rng = numpy.random.default_rng(0)
    targets = (numpy.arange(17) % 2).astype(numpy.uint8)
    signals = rng.gamma(2, numpy.where(targets, 100.0, 1.0), (PATCH_SIZE, PATCH_SIZE, 17))
    number = numpy.arange(17, dtype=numpy.int32)
    signals = numpy.moveaxis(signals, -1, 0).astype(numpy.float16)
    sigma = numpy.full(17, 4.0, numpy.float32)
    return TrainingSet(signals, sigma, targets, 0 * number, number, PATCH_SIZE)


def options(name, **changes):
    """A short training on the CPU."""
    return FitOptions(**{"network": name, "n_epochs": 1, "device": "cpu", **changes})


# ResNet18 for 1000 classes has 11,689,512 parameters, VGG16 (D) 138,357,544: torchvision's
# documentation. A single channel takes 2 * 64 * 7 * 7 = 6,272 (2 * 64 * 3 * 3 = 1,152) weights
# off the first layer, two classes take 998 * (512 + 1) = 511,974 (998 * (4096 + 1) = 4,088,806)
# off the last.
@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("resnet18", 11_689_512 - 6_272 - 511_974),
        ("vgg16", 138_357_544 - 1_152 - 4_088_806),
    ],
)
@pytest.mark.parametrize("patch_size", [32, 64])
def test_sizes_are_the_published_ones(name, parameters, patch_size):
    with torch.device("meta"):
        assert count_parameters(build_network(name, patch_size=patch_size)) == parameters


def test_a_convolution_counts_its_multiplications():
    with torch.device("meta"):
        resnet, vgg = (build_network(name, patch_size=64) for name in NAMES)
        assert count_macs(resnet, patch_size=64) == 141_624_320
        assert count_macs(vgg, patch_size=64) == 1_367_613_440
    # Stages of configuration D at 64, 32, 16, 8 and 4 px, then 25088 -> 4096 -> 4096 -> 2.
    stages = (
        64**2 * 9 * (1 * 64 + 64 * 64),
        32**2 * 9 * (64 * 128 + 128 * 128),
        16**2 * 9 * (128 * 256 + 2 * 256 * 256),
        8**2 * 9 * (256 * 512 + 2 * 512 * 512),
        4**2 * 9 * 3 * 512 * 512,
    )
    assert sum(stages) + 25088 * 4096 + 4096**2 + 4096 * 2 == 1_367_613_440


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("patch_size", [32, 37, 64])
@pytest.mark.usefixtures("slim")
def test_every_patch_size_from_32_px_on_gives_one_logit_per_class(name, patch_size):
    network = build_network(name, patch_size=patch_size).eval()
    logits = network(torch.randn(2, 1, patch_size, patch_size), torch.randn(2, 2))
    assert logits.shape == (2, 2)
    assert torch.isfinite(logits).all()


def test_vgg16_needs_patches_of_32_px():
    with pytest.raises(DarfixWBError, match="'vgg16' must be at least 32 px wide, got 31 px"):
        build_network("vgg16", patch_size=31)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("slim")
def test_first_weights_keep_the_size_of_what_passes(name):
    torch.manual_seed(0)
    for layer in build_network(name, patch_size=32).modules():
        if isinstance(layer, nn.Conv2d) and layer.weight.numel() > 10_000:
            spread = float(layer.weight.detach().std())
            assert spread == pytest.approx((2 / layer.weight[0].numel()) ** 0.5, rel=0.05)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("slim")
def test_a_few_steps_learn(patches, name):
    result = fit(patches, None, options(name, n_epochs=6, batch_size=8, learning_rate=1e-4))
    losses = result.history.training_loss
    assert losses[-1] < 0.5 * losses[0]
    assert result.history.training_accuracy[-1] > 0.9
    assert options(name).as_published


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("slim")
def test_a_dead_network_is_begun_again(patches, name, monkeypatch):
    built = []

    def build(*arguments, **options):
        network = build_network(*arguments, **options)
        if not built:
            last = [layer for layer in network.modules() if isinstance(layer, nn.Linear)][-1]
            nn.init.zeros_(last.weight.requires_grad_(False))
        built.append(network)
        return network

    monkeypatch.setattr(importlib.import_module("darfix_wb.training.fit"), "build_network", build)
    result = fit(patches, None, options(name, batch_size=8, learning_rate=1e-4))
    assert (result.history.restarts, len(built)) == (1, 2)


def test_a_patch_left_over_is_not_trained_on_alone(patches):
    assert len(patches) % 16 == 1
    result = fit(patches, None, options("resnet18", batch_size=16))
    tracked = result.network.body[1].num_batches_tracked
    assert int(tracked) == 1
    assert numpy.isfinite(result.history.training_loss).all()


@pytest.mark.parametrize(
    ("n_patches", "batch_size", "sizes"),
    [(17, 16, [16]), (18, 16, [16, 2]), (16, 16, [16]), (1, 16, [1]), (3, 1, [1, 1, 1])],
)
def test_batches(n_patches, batch_size, sizes):
    batches = [batch for _, batch in draw_batches([n_patches], batch_size)]
    assert [len(batch) for batch in batches] == sizes
    assert count_batches(n_patches, batch_size) == len(sizes)
    assert len(numpy.unique(numpy.concatenate(batches))) == sum(sizes)


def test_batches_of_one_patch_are_refused(patches):
    with pytest.raises(DarfixWBError, match="at least 2 patches, got 1"):
        fit(patches, None, options("resnet18", batch_size=1))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("slim")
def test_a_trained_model_comes_back_with_its_buffers(patches, name, tmp_path):
    network = fit(patches, None, options(name, batch_size=8, dropout=0.3)).network
    model = BeamModel(network, PATCH_SIZE, LogScaling(3.0, 1.2))
    model.save(tmp_path / "model.safetensors")
    again = BeamModel.load(tmp_path / "model.safetensors")
    assert again.hash == model.hash
    buffers = dict(again.network.named_buffers())
    assert all(torch.equal(value, buffers[key]) for key, value in network.named_buffers())
    assert bool(buffers) == (name == "resnet18")
    assert {m.p for m in again.network.modules() if isinstance(m, nn.Dropout)} == {0.3}


@pytest.mark.slow
def test_vgg16_takes_a_step_at_full_size(patches):
    result = fit(patches, None, options("vgg16", batch_size=17))
    assert numpy.isfinite(result.history.training_loss).all()
    assert count_parameters(result.network) == 134_267_586
