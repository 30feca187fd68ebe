"""Lines compared with lines, on cases whose figures are known."""

from __future__ import annotations

import json

import numpy
import pytest

from darfix_wb.dislocation_lines.boundary import SmallAngleBoundary
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.progress import Monitor
from darfix_wb.volume_comparison.line_metrics import compare_lines
from tests.volume_comparison.lines import BOX, by, moved, network, random_points


def figures(found, true, **options):
    return compare_lines(found, true, **{"n_shifts": 0, **options}).figures


def test_lines_compared_with_themselves():
    lines = network(*random_points(0))
    compared = compare_lines(lines, lines)
    scores, of_lines = compared.figures.scores, compared.figures.lines
    assert scores.assd_um == scores.hd95_um == scores.p90_a_um == scores.p90_b_um == 0
    assert scores.precision == scores.recall == scores.f1 == (1,) * 5
    assert of_lines.length_found_um == pytest.approx(lines.length_um)
    assert of_lines.length_recovered_um == pytest.approx(lines.length_um)
    assert of_lines.length_false_um == of_lines.n_split == 0
    assert of_lines.direction_p90_deg == pytest.approx(0, abs=1e-5)
    assert of_lines.n_long_found == of_lines.n_long > 15
    assert compared.null_ratio > 10
    assert compared.n_shifts == 20
    assert compared.least_shift_um == 20


@pytest.mark.parametrize("seed", range(3))
def test_swapping_swaps_precision_and_recall(seed):
    points = random_points(seed)
    one = network(*moved(points[:15], seed, 0.4))
    other = network(*points, *random_points(seed + 50, 3))
    forth, back = figures(one, other), figures(other, one)
    assert forth.scores.precision == pytest.approx(back.scores.recall)
    assert forth.scores.recall == pytest.approx(back.scores.precision)
    assert forth.scores.f1 == pytest.approx(back.scores.f1)
    for name in ("assd_um", "hd95_um"):
        assert getattr(forth.scores, name) == pytest.approx(getattr(back.scores, name))
    assert forth.scores.mean_a_um == pytest.approx(back.scores.mean_b_um)
    assert list(forth.scores.f1) == sorted(forth.scores.f1)
    assert 0.2 < forth.scores.f1_at(0.5) < forth.scores.f1_at(2.0) < 1


def changed_together(points, name):
    if name == "moved":
        return [by(one, 3.0, -7.0, 11.0) for one in points], by(BOX, 3.0, -7.0, 11.0)
    if name == "reversed":
        return [one[::-1] for one in points[::-1]], BOX
    axis = {"layers": 0, "rows": 1, "columns": 2}[name]
    flipped = [one.copy() for one in points]
    for one in flipped:
        one[:, axis] = BOX[1, axis] - one[:, axis]
    return flipped, BOX


@pytest.mark.parametrize("name", ["moved", "reversed", "layers", "rows", "columns"])
@pytest.mark.parametrize("border_um", [0.0, 1.0])
def test_figures_do_not_depend_on_the_frame_of_both(name, border_um):
    true = random_points(4)
    found = [*moved(true[:15], 4, 0.3), *random_points(60, 3)]
    before = figures(network(*found), network(*true), border_um=border_um).rows()
    (found, box), (true, _) = changed_together(found, name), changed_together(true, name)
    after = figures(network(*found, box=box), network(*true, box=box), border_um=border_um).rows()
    for row, value in before.items():
        assert after[row] == pytest.approx(value, rel=1e-3, abs=1e-6, nan_ok=True), row


def test_resampling_changes_little():
    true = random_points(5)
    found = moved(true, 5, 0.3)
    before = figures(network(*found), network(*true))
    dense = [network(one).lines[0].resampled(0.37) for one in found]
    after = figures(network(*dense), network(*true))
    assert before.scores.f1 == pytest.approx(after.scores.f1, abs=0.03)
    assert after.scores.assd_um == pytest.approx(before.scores.assd_um, rel=0.02)
    assert after.lines.length_a_um == pytest.approx(before.lines.length_a_um, rel=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_lines_elsewhere_score_like_random_shifts(seed):
    rng = numpy.random.default_rng(seed)
    places = rng.uniform(BOX[0], BOX[1], (2, 400, 1, 3))
    true, elsewhere = (network(*one) for one in places + rng.normal(0, 1, (2, 400, 2, 3)))
    compared = compare_lines(elsewhere, true, seed=seed)
    assert compared.null_ratio == pytest.approx(1, abs=0.4)
    assert compared.figures.scores.assd_um == pytest.approx(compared.null.scores.assd_um, rel=0.08)
    assert compared.figures.scores.f1_at(5.0) > 0.5


def test_equal_seeds_give_equal_shifts():
    true, found = network(*random_points(1, 4)), network(*moved(random_points(1, 4), 1, 0.3))
    one, same, other = (compare_lines(found, true, seed=seed) for seed in (3, 3, 4))
    assert one.null == same.null
    assert one.null != other.null
    assert one.figures == other.figures


LINE = numpy.array([[5.0, 10, 10], [5, 30, 10]])


def test_length_found_and_false():
    half = LINE * [1, 0.5, 1] + [0, 5, 0.3]
    far = numpy.array([[20.0, 5, 40], [20, 5, 45]])
    found = figures(network(half, far), network(LINE)).lines
    assert found.length_a_um == pytest.approx(15)
    assert found.length_found_um == pytest.approx(10)
    assert found.length_false_um == pytest.approx(5)
    assert found.length_recovered_um == pytest.approx(10.95, abs=0.1)
    assert found.scores.median_a_um == pytest.approx(0.3)
    assert found.scores.precision[1] == pytest.approx(10 / 15)
    assert (found.n_long, found.n_long_found, found.n_lines) == (1, 1, 2)
    assert figures(network(far), network(LINE)).lines.n_long_found == 0


def test_a_line_in_pieces_is_split():
    pieces = [
        LINE[0] + (LINE[1] - LINE[0]) * numpy.array([[a], [b]]) for a, b in ((0, 0.4), (0.5, 1))
    ]
    assert figures(network(*pieces), network(LINE)).lines.n_split == 1
    assert figures(network(LINE), network(*pieces)).lines.n_merged == 1
    assert figures(network(LINE), network(LINE)).lines.n_split == 0
    short = numpy.array([[5.0, 10, 10], [5, 14, 10]])
    parts = [short * [1, 0.5, 1] + [0, 5, 0], short * [1, 0.5, 1] + [0, 7, 0]]
    assert figures(network(*parts), network(short)).lines.n_split == 0


def test_lines_that_cross_are_neither_split_nor_merged():
    across = numpy.array([[5.0, 20, 5], [5, 20, 15]])
    crossing = network(by(LINE, 0.1, 0, 0), by(across, 0.1, 0, 0))
    found = figures(crossing, network(LINE, across)).lines
    assert (found.n_split, found.n_merged, found.n_long_found) == (0, 0, 2)


def test_ignored_lines_are_neither_found_nor_false():
    hidden = by(LINE, 10, 0, 20)
    found = network(LINE, by(hidden, 0, 0, 0.5))
    counted = figures(found, network(LINE)).lines
    ignored = figures(found, network(LINE), ignored=network(hidden)).lines
    assert counted.length_false_um == pytest.approx(20)
    assert ignored.length_false_um == 0
    assert ignored.length_ignored_um == pytest.approx(20)
    assert ignored.length_a_um == pytest.approx(20)
    assert ignored.scores.precision == (1,) * 5
    beside = figures(found, network(LINE), ignored=network(by(LINE, 0, 0, 0.5))).lines
    assert beside.length_found_um == pytest.approx(20)


def test_what_is_cut_at_a_side_does_not_count_as_missed():
    inside = numpy.array([[5.0, 10, 20], [5, 45, 20]])
    found = network(inside * [1, 0, 1] + numpy.array([[0, 10, 0], [0, 44.2, 0]]))
    at_side = numpy.array([[5.0, 10, 51.5], [5, 30, 51.5]])
    true = network(inside, at_side)
    whole = figures(found, true).scores
    cut = figures(found, true, border_um=1.0).scores
    assert whole.recall[2] == pytest.approx(35 / 55, abs=0.01)
    assert cut.recall[2] == 1
    assert cut.assd_um == 0
    false = figures(network(inside, at_side), network(inside), border_um=1.0).lines
    assert false.length_false_um == 0


def test_the_other_axes_have_no_border():
    low = numpy.array([[0.1, 10, 20], [0.1, 30, 20]])
    assert figures(network(low), network(low), border_um=1.0).lines.length_b_um == 20


@pytest.mark.parametrize("degrees", [1.0, 4.0, 30.0])
def test_direction_is_off_by_the_angle_between_lines(degrees):
    angle = numpy.deg2rad(degrees)
    turned = (
        numpy.array([[5.0, 20, 10], [5, 20, 10]])
        + numpy.array([[0, -1, 0], [0, 1, 0]])
        @ numpy.array([[1, 0, 0], [0, numpy.cos(angle), numpy.sin(angle)], [0, 0, 0]])
        * 10
    )
    found = figures(network(turned), network(LINE)).lines
    assert found.direction_median_deg == pytest.approx(degrees, abs=1e-3)


def test_direction_is_that_of_the_place_not_of_the_whole_line():
    angle = numpy.linspace(0, numpy.pi / 2, 200)
    arc = numpy.stack([0 * angle + 5, 10 + 15 * numpy.sin(angle), 15 * numpy.cos(angle)], axis=1)
    piece = arc[60:90]
    assert figures(network(piece), network(arc)).lines.direction_p90_deg < 1


def star(centre, seed):
    ends = centre + numpy.random.default_rng(seed).normal(0, 8, (3, 3))
    return [numpy.stack([centre, end]) for end in ends]


def test_junctions_and_connected_parts():
    centres = numpy.array([[10.0, 15, 15], [20, 30, 40], [10, 15, 40]])
    arms = [arm for seed, centre in enumerate(centres) for arm in star(centre, seed)]
    ends = [(k // 3, -1) for k in range(9)]
    true = network(*arms, nodes=centres, ends=ends)
    near = by(centres, [0, 1.5, 0], [0, 0, 2.5], [1.0, 0, 0])
    found = network(*arms[:9], LINE, nodes=near, ends=[*ends, (-1, -1)])
    compared = figures(found, true)
    assert compared.junctions.precision == pytest.approx(2 / 3)
    assert compared.junctions.f1 == pytest.approx(2 / 3)
    assert (compared.components_a, compared.components_b) == (4, 3)
    twice = numpy.concatenate([centres[:1], centres[:1] + 0.1])
    double = network(*arms[:3], *arms[:3], nodes=twice, ends=[*ends[:3], *[(1, -1)] * 3])
    junctions = figures(double, network(*arms[:3], nodes=centres[:1], ends=ends[:3])).junctions
    assert (junctions.precision, junctions.recall) == (0.5, 1)


def wall(centre, normal, spacing=1.0):
    return SmallAngleBoundary(
        numpy.array(centre, float), numpy.array(normal, float), (20.0, 20.0), spacing
    )


def test_boundaries_are_matched_with_the_nearest():
    angle = numpy.deg2rad(2)
    true = [wall([10, 10, 10], [0, 1, 0]), wall([10, 30, 10], [0, 1, 0], 0.5)]
    tilted = [0, -numpy.cos(angle), numpy.sin(angle)]
    found = [
        wall([10, 30.5, 10], tilted, 0.6),
        wall([10, 10.5, 10], tilted, 1.2),
        wall([10, 10, 10], [0, 0, 1]),
    ]
    compared = figures(
        network(LINE, boundaries=tuple(found)), network(LINE, boundaries=tuple(true))
    ).boundaries
    assert (compared.n_a, compared.n_b, compared.n_matched) == (3, 2, 2)
    assert compared.offset_um == pytest.approx(0.5, abs=1e-3)
    assert compared.normal_deg == pytest.approx(2)
    assert compared.spacing == pytest.approx(0.2)


def test_boundaries_too_far_apart_are_not_matched():
    one = network(LINE, boundaries=(wall([10, 10, 10], [0, 1, 0]),))
    other = network(LINE, boundaries=(wall([10, 31, 10], [0, 1, 0]),))
    compared = figures(one, other).boundaries
    assert compared.n_matched == 0
    assert numpy.isnan(compared.offset_um)


@pytest.mark.parametrize(
    ("found", "true", "empty"),
    [((), (LINE,), "A has"), ((LINE,), (), "B has"), ((), (), "A and B have")],
)
def test_an_empty_network_gives_no_number(found, true, empty):
    compared = compare_lines(network(*found), network(*true))
    rows = compared.figures.rows()
    judged = [name for name in rows if " at " in name or "distance" in name or "ASSD" in name]
    assert len(judged) == 23
    assert numpy.isnan([rows[name] for name in judged]).all()
    assert numpy.isnan(rows["length of A over B"])
    assert numpy.isnan(rows["length of B near A (um)"])
    assert numpy.isnan(rows["length of A (um)"]) == (not found)
    assert numpy.isnan(compared.null_ratio)
    assert any(note.startswith(f"{empty} no lines") for note in compared.notes)
    assert "nan" in compared.table()
    assert compared.empty
    assert compared.as_dict()["empty"]
    assert compared.as_dict()["figures"]["lines"]["scores"]["f1"] == [None] * 5


def test_a_small_field_says_so():
    box = numpy.array([[0.0, 0, 0], [29, 37, 14]])
    lines = network(*random_points(2, 10, box), box=box)
    compared = compare_lines(lines, lines)
    assert compared.least_shift_um == pytest.approx(37 / 3)
    assert any("too small for random shifts of 20 um" in note for note in compared.notes)


def test_the_field_is_that_of_both_boxes():
    lines = random_points(3)
    tight = numpy.array(
        [numpy.min([one.min(0) for one in lines], 0), numpy.max([one.max(0) for one in lines], 0)]
    )
    whole, table = network(*moved(lines, 3, 0.2)), network(*lines, box=tight)
    wanted = figures(whole, network(*lines), border_um=1.0)
    assert figures(whole, table, border_um=1.0) == wanted
    assert figures(table, whole, border_um=1.0).scores.f1 == pytest.approx(wanted.scores.f1)


def test_boxes_that_differ_are_mentioned():
    other = network(LINE, box=by(BOX, [0, 0, 0], [0, 20, 0]))
    compared = compare_lines(network(LINE), other, n_shifts=1)
    assert any("differ by up to 20 um" in note for note in compared.notes)


@pytest.mark.parametrize("tolerances", [(0.5, 2.0), (0.0, 1.0), (1.0, numpy.inf)])
def test_tolerances_without_the_headline_are_refused(tolerances):
    with pytest.raises(DarfixWBError, match="have 1 um among them"):
        figures(network(LINE), network(LINE), tolerances_um=tolerances)


@pytest.mark.parametrize("border_um", [-1.0, 30.0, numpy.nan])
def test_a_border_wider_than_the_field_is_refused(border_um):
    with pytest.raises(DarfixWBError, match="border must be at least 0 um"):
        figures(network(LINE), network(LINE), border_um=border_um)


def test_json_table_and_histogram():
    true = network(*random_points(1))
    compared = compare_lines(network(*moved(random_points(1), 1, 0.3)), true, n_shifts=3)
    values = json.loads(json.dumps(compared.as_dict(), allow_nan=False))
    assert values["figures"]["lines"]["scores"]["f1"] == pytest.approx(compared.figures.scores.f1)
    assert values["n_shifts"] == 3
    assert values["random_shifts"]["junctions"]["f1"] is None
    edges, counts = compared.histogram()
    assert len(edges) == len(counts) + 1
    assert counts.sum() == len(compared.distances_a_um) + len(compared.distances_b_um)
    _, two = compared.histogram([0, 0.1, 0.2])
    assert two.sum() < counts.sum()
    for name in compared.figures.rows():
        assert name in compared.table()


def test_progress_and_cancelling():
    lines, told = network(*random_points(0)), []
    compare_lines(lines, lines, n_shifts=4, monitor=Monitor(told.append))
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)
    with pytest.raises(OperationCancelled):
        compare_lines(lines, lines, monitor=Monitor(cancelled=lambda: True))
