"""Views of a patch: seeded, of the right size, and physically sensible."""

import pytest
import torch

from darfix_wb.training import augment
from darfix_wb.training.augment import Augmenter, margin_for

SIZE = 16
WINDOW = SIZE + 2 * margin_for(SIZE)


@pytest.fixture
def quiet(monkeypatch):
    """No change of exposure, offset or noise."""
    for name in ("GAIN_OCTAVES", "OFFSET_COUNTS", "EXTRA_NOISE"):
        monkeypatch.setattr(augment, name, 0.0)


def test_the_same_seed_gives_the_same_views():
    windows, sigma = torch.rand(4, WINDOW, WINDOW) * 100, torch.full((4,), 4.0)
    first, again = (Augmenter(SIZE, 5)(windows, sigma) for _ in range(2))
    assert first.shape == (4, SIZE, SIZE)
    assert torch.equal(first, again)
    assert not torch.equal(first, Augmenter(SIZE, 6)(windows, sigma))


@pytest.mark.usefixtures("quiet")
def test_unscaled_views_are_flips_and_never_quarter_turns(monkeypatch):
    monkeypatch.setattr(augment, "SCALED_SHARE", 0.0)
    image = torch.rand(SIZE, SIZE)
    views = Augmenter(SIZE, 0)(image.expand(64, SIZE, SIZE), torch.ones(64))
    flips = [image, image.flip(0), image.flip(1), image.flip(0, 1)]
    seen = set()
    for view in views:
        close = [torch.allclose(view, flip, atol=1e-4) for flip in flips]
        assert sum(close) == 1
        seen.add(close.index(True))
    assert seen == {0, 1, 2, 3}


@pytest.mark.usefixtures("quiet")
def test_scaled_views_magnify_within_the_limits(monkeypatch):
    monkeypatch.setattr(augment, "SCALED_SHARE", 1.0)
    ramp = torch.arange(WINDOW, dtype=torch.float32).expand(200, WINDOW, WINDOW)
    views = Augmenter(SIZE, 0)(ramp, torch.ones(200))
    middle = views[:, 8, 6:10].diff(dim=1).abs().mean(dim=1)
    assert 1 / 1.41 < float(middle.min()) < 0.8
    assert 1.3 < float(middle.max()) < 1 / 0.69


def test_exposure_changes_by_at_most_a_factor_of_two():
    windows = torch.full((500, SIZE, SIZE), 1000.0)
    levels = Augmenter(SIZE, 0)(windows, torch.full((500,), 4.0)).mean(dim=(1, 2)) / 1000
    assert 0.49 < float(levels.min()) < 0.6
    assert 1.8 < float(levels.max()) < 2.02


def test_a_shorter_exposure_is_noisier_than_its_gain(monkeypatch):
    monkeypatch.setattr(augment, "EXTRA_NOISE", 0.0)
    monkeypatch.setattr(augment, "SCALED_SHARE", 0.0)
    sigma = 4.0
    level = 100.0
    shot = level * augment.COUNTS_PER_PHOTON / sigma
    windows = level + (shot + 1) ** 0.5 * torch.randn(200, SIZE, SIZE)
    views = Augmenter(SIZE, 0)(windows, torch.full((200,), sigma))
    gain = views.mean(dim=(1, 2)) / level
    darker = gain < 0.8
    wanted = gain * shot + 1
    relative = views.var(dim=(1, 2))[darker] / wanted[darker]
    assert float(relative.mean()) == pytest.approx(1.0, abs=0.1)


def test_empty_patches_stay_empty():
    noise = torch.randn(200, SIZE, SIZE)
    views = Augmenter(SIZE, 0)(noise, torch.full((200,), 4.0))
    assert float(views.mean(dim=(1, 2)).abs().max()) < 5.0 / 4.0 + 0.5
    assert float(views.std(dim=(1, 2)).max()) < 2.5
