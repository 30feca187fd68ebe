"""Masks compared, on cases whose figures are known."""

from __future__ import annotations

import numpy
import pytest
from scipy import ndimage

from darfix_wb.errors import DarfixWBError
from darfix_wb.volume_comparison import point_metrics
from darfix_wb.volume_comparison.mixed_metrics import compare_mixed
from darfix_wb.volume_comparison.voxel_metrics import compare_masks
from tests.volume_comparison.lines import by, network

SPACING = (1.0, 0.3, 0.2)


def random_mask(seed, shape=(6, 70, 90), part=0.002):
    return numpy.random.default_rng(seed).random(shape) < part


def figures(a, b, **options):
    return compare_masks(a, b, SPACING, **{"n_shifts": 0, "lengths": False, **options}).figures


def test_a_mask_compared_with_itself():
    mask = random_mask(0)
    compared = compare_masks(mask, mask, SPACING)
    assert compared.figures.scores.assd_um == compared.figures.scores.hd95_um == 0
    assert compared.figures.scores.f1 == (1,) * 5
    voxels = compared.figures.voxels
    assert voxels.dice == voxels.iou == voxels.volume_ratio == 1
    assert compared.null.voxels.dice < 0.05
    assert compared.null.voxels.volume_ratio == 1


@pytest.mark.parametrize("axis", range(3))
def test_a_plane_that_is_rolled_is_off_by_just_that(axis):
    plane = numpy.zeros((12, 80, 90), bool)
    plane[tuple(5 if one == axis else slice(None) for one in range(3))] = True
    scores = figures(plane, numpy.roll(plane, 3, axis)).scores
    wanted = pytest.approx(3 * SPACING[axis], abs=1e-12)
    for name in ("assd_um", "mean_a_um", "mean_b_um", "median_a_um", "p90_b_um", "hd95_um"):
        assert getattr(scores, name) == wanted


@pytest.mark.parametrize("seed", range(3))
def test_distances_are_exact(seed):
    a, b = random_mask(seed), random_mask(seed + 10, part=0.004)
    to_b, to_a = (ndimage.distance_transform_edt(~one, SPACING) for one in (b, a))
    scores = figures(a, b).scores
    assert scores.mean_a_um == pytest.approx(to_b[a].mean())
    assert scores.mean_b_um == pytest.approx(to_a[b].mean())
    assert scores.assd_um == pytest.approx((to_b[a].sum() + to_a[b].sum()) / (a.sum() + b.sum()))
    assert scores.recall[2] == pytest.approx((to_a[b] <= 1).mean())
    assert scores.hd95_um == pytest.approx(
        max(numpy.quantile(to_b[a], 0.95), numpy.quantile(to_a[b], 0.95)), rel=0.05
    )
    back = figures(b, a).scores
    assert back.precision == scores.recall
    assert back.f1 == pytest.approx(scores.f1)


def test_overlap():
    a, b = numpy.zeros((2, 3, 10, 10), bool)
    a[1, 2:6, 2:6] = b[1, 4:8, 2:6] = True
    voxels = figures(a, b).voxels
    assert (voxels.dice, voxels.iou, voxels.volume_ratio) == (0.5, 1 / 3, 1)


def test_random_shifts_are_of_whole_voxels_and_keep_the_mask():
    mask = numpy.zeros((3, 150, 200), bool)
    mask[:, ::2, ::2] = True
    null = compare_masks(mask, mask, SPACING, lengths=False).null
    assert null.voxels.n_a == mask.sum()
    assert 0 < null.voxels.dice < 1
    assert null.scores.hd95_um <= 0.3 + 1e-9
    assert null.scores.f1_at(1.0) == 1


def test_evenly_spread_voxels_prove_nothing():
    mask = random_mask(0, (10, 140, 210), 0.01)
    other = random_mask(1, (10, 140, 210), 0.01)
    compared = compare_masks(mask, other, SPACING, lengths=False)
    assert compared.figures.scores.f1_at(2.0) > 0.98
    assert compared.null_ratio == pytest.approx(1, abs=0.05)


def test_a_sample_of_the_points_gives_nearly_the_same_null(monkeypatch):
    a, b = random_mask(0, part=0.02), random_mask(1, part=0.02)
    whole = compare_masks(a, b, SPACING, lengths=False)
    monkeypatch.setattr(point_metrics, "NULL_POINTS", 300)
    some = compare_masks(a, b, SPACING, lengths=False)
    assert some.figures.voxels == whole.figures.voxels
    assert some.null.scores.assd_um == pytest.approx(whole.null.scores.assd_um, rel=0.1)
    assert any("distances of 300 points" in note for note in some.notes)


def test_only_valid_voxels_count():
    a, b = random_mask(0), random_mask(1)
    valid = numpy.ones(a.shape, bool)
    valid[:, :20] = False
    compared = figures(a, b, valid=valid)
    cut = figures(a & valid, b & valid)
    assert compared.scores == cut.scores
    assert compared.voxels.n_a == (a & valid).sum() < a.sum()
    null = compare_masks(a, b, SPACING, valid=valid, lengths=False).null
    assert null.voxels.n_a < a.sum()
    assert null.voxels.n_a == pytest.approx(valid.mean() * (a & valid).sum(), rel=0.2)


def test_a_border_leaves_out_what_is_near_a_side():
    a, b = numpy.zeros((2, 4, 100, 100), bool)
    a[2, 50, 50] = b[2, 50, 50] = b[2, 1, 50] = b[2, 50, 98] = True
    assert figures(a, b).scores.recall[0] == pytest.approx(1 / 3)
    assert figures(a, b, border_um=1.0).scores.recall[0] == 1


def test_parts_are_connected_over_corners():
    mask = numpy.zeros((4, 10, 10), bool)
    mask[0, 0, 0] = mask[1, 1, 1] = mask[2, 2, 2] = mask[2, 8, 8] = True
    shape = figures(mask, mask).a
    assert (shape.components, shape.largest_size, shape.median_size) == (2, 3, 2)


def test_length_and_its_density():
    mask = numpy.zeros((4, 100, 100), bool)
    mask[2, 50, 10:60] = True
    valid = numpy.ones(mask.shape, bool)
    valid[2:] = False
    valid[2, 40:60] = True
    compared = compare_masks(mask, mask, SPACING, valid=valid, n_shifts=0)
    assert compared.figures.a.length_um == pytest.approx(9.8, rel=0.03)
    volume = valid.sum() * numpy.prod(SPACING)
    assert compared.figures.a.density_per_um2 == pytest.approx(
        compared.figures.a.length_um / volume
    )


def test_the_shape_is_taken_from_a_comparison_of_the_same():
    mask = numpy.zeros((4, 100, 100), bool)
    mask[2, 50, 10:60] = True
    first = compare_masks(mask, mask, SPACING, n_shifts=0, border_um=1.0)
    again = compare_masks(mask, mask, SPACING, n_shifts=0, lengths=False, like=first)
    assert again.figures == compare_masks(mask, mask, SPACING, n_shifts=0).figures


@pytest.mark.parametrize(("a", "b"), [(0, 0.01), (0.01, 0), (0, 0)])
def test_an_empty_mask_gives_no_number(a, b):
    compared = compare_masks(random_mask(0, part=a), random_mask(1, part=b), SPACING)
    rows = compared.figures.rows()
    for name in ("ASSD (um)", "Dice", "IoU", "F1 at 1 um", "voxels of A over B"):
        assert numpy.isnan(rows[name])
    assert numpy.isnan(rows["length of the skeleton of A (um)"]) == (a == 0)
    assert any("no points" in note for note in compared.notes)
    assert compared.n_shifts == 0


def test_volumes_on_different_grids_are_refused():
    with pytest.raises(DarfixWBError, match="got 6 x 70 x 90 and 6 x 70 x 91"):
        figures(random_mask(0), random_mask(0, (6, 70, 91)))
    with pytest.raises(DarfixWBError, match="must have one grid"):
        figures(random_mask(0), random_mask(0), valid=random_mask(0, (6, 70, 91)))


@pytest.mark.parametrize("spacing", [None, (), (1, 1), (1, 1, 0), (1, -1, 1), (1, numpy.nan, 1)])
def test_spacing_that_is_missing_or_wrong_is_refused(spacing):
    with pytest.raises(DarfixWBError, match="spacing must be three distances above 0"):
        compare_masks(random_mask(0), random_mask(1), spacing)


def test_numbers_are_no_mask():
    with pytest.raises(DarfixWBError, match="of true and false, got float64"):
        figures(random_mask(0), random_mask(0).astype(float))


@pytest.mark.parametrize("first_layer_um", [0.0, 40.0])
def test_lines_compared_with_the_voxels_they_pass(first_layer_um):
    points = by(numpy.array([[0.0, 3, 3], [5, 15, 14]]), first_layer_um, 0, 0)
    lines = network(points, layers_um=numpy.arange(6.0) + first_layer_um)
    mask = numpy.zeros((6, 70, 90), bool)
    along = lines.sampled(0.02)[0] - [first_layer_um, 0, 0]
    mask[tuple(numpy.rint(along / SPACING).astype(int).T)] = True
    compared = compare_mixed(lines, mask, SPACING)
    assert compared.figures.scores.p90_a_um < 0.6
    assert compared.figures.scores.f1_at(1.0) == 1
    back = compare_mixed(mask, lines, SPACING, n_shifts=0)
    assert back.figures.scores.precision == compared.figures.scores.recall
    flipped = compare_mixed(lines, mask[:, :, ::-1], SPACING, n_shifts=0)
    assert flipped.figures.scores.f1_at(1.0) < 0.5


@pytest.mark.parametrize(
    "other", [random_mask(0)[0], random_mask(0).astype(float), network(numpy.eye(3))]
)
def test_lines_are_compared_with_a_mask_only(other):
    with pytest.raises(DarfixWBError, match="must be compared with a mask"):
        compare_mixed(network(numpy.eye(3)), other, SPACING)
