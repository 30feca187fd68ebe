"""The window of a volume, on files that hold one."""

import time
from dataclasses import replace

import h5py
import numpy
import pytest
from silx.gui import qt

from darfix_wb.gui.forms.line_list import LineList
from darfix_wb.gui.forms.typed_choice import TypedChoice
from darfix_wb.gui.latest_job import LatestJob
from darfix_wb.gui.volume.layer_pictures import colormap_of
from darfix_wb.gui.volume.layer_table import LayerTable
from darfix_wb.gui.volume.layer_view import LayerView
from darfix_wb.gui.volume.layers_panel import LayersPanel
from darfix_wb.gui.volume.preview import Question
from darfix_wb.gui.volume.progress import VolumeProgress
from darfix_wb.gui.volume.view import VolumeView
from darfix_wb.volume.layer import Layer
from darfix_wb.volume.layout import create_volume
from darfix_wb.volume.options import LayerOptions
from darfix_wb.volume.outcome import LayerOutcome
from darfix_wb.volume.plan import VolumePlan
from darfix_wb.volume.region import Region
from darfix_wb.volume.result import LayerResult
from darfix_wb.volume.summary import LayerState
from darfix_wb.volume.volume_file import VolumeFile, read_summary

REASON = "Frames must show some signal or noise, got the constant value 7 in every block."
WARNINGS = ("The dark level is an estimate.", "<Two> frames are torn.")
REGION = Region(10, 58, 20, 84)


@pytest.fixture
def plan(tmp_path):
    """6 layers of 48x64 px of larger frames, binned."""
    layers = tuple(
        Layer(str(tmp_path / f"layer_{index}.h5"), f"layer_{index}", 10.0 - 2 * index)
        for index in range(6)
    )
    options = LayerOptions(region=REGION, binning=2)
    shape = {"frame_shape": (48, 64), "patch_size": 16, "stride": 16, "n_frames": 3}
    hashes = ("a" * 64, "b" * 64, "")
    return VolumePlan(layers, options, "samz", "um", *hashes, "cpu", **shape)


def result_of(plan, index):
    names = [name for name, _, _ in plan.pictures]
    rng = numpy.random.default_rng(index)
    images = {
        name: rng.uniform(0, 10 * (place + 1), plan.image_shape).astype("float32")
        for place, name in enumerate(names)
    }
    images["weak_beam"][0, :3] = numpy.nan
    conditions = numpy.zeros(plan.conditions_shape, "uint8")
    return LayerResult(images, conditions, {}, WARNINGS if index == 1 else ())


@pytest.fixture
def path(plan, tmp_path):
    """Layers 0, 1 and 3 are done, 2 failed, 4 and 5 are pending."""
    path = tmp_path / "volume.h5"
    create_volume(path, plan)
    with VolumeFile(path) as volume:
        for index in (0, 1, 3):
            volume.write(LayerOutcome(index, 5.0 - index, result_of(plan, index)))
        volume.write(LayerOutcome(2, 0.1, None, REASON))
    return path


@pytest.fixture
def progress(plan, path):
    return VolumeProgress(plan.layers, read_summary(path).layers)


@pytest.fixture
def wait(app):
    def wait(holds):
        deadline = time.monotonic() + 20
        while not holds():
            assert time.monotonic() < deadline, "it took too long"
            app.processEvents()
            time.sleep(0.005)

    return wait


def question(path, **values):
    given = {"layers": (), "z_motor": None, "options": LayerOptions(), "goes_on": True}
    return Question(**{**given, "output_file": str(path), "n_processes": 1, **values})


@pytest.fixture
def table(show, progress):
    table = show(LayerTable(), 700, 400)
    table.set_progress(progress, "samz", "um")
    return table


def column(table, number):
    rows = [row for row in range(table.rowCount()) if not table.isRowHidden(row)]
    return [table.item(row, number).text() for row in rows]


def test_the_table_has_a_row_for_each_layer(table):
    titles = [table.horizontalHeaderItem(index).text() for index in range(table.columnCount())]
    assert titles == ["Layer", "Name", "samz (µm)", "State", "Time (s)", "Notes"]
    assert column(table, 2) == ["10", "8", "6", "4", "2", "0"]
    assert column(table, 3) == ["done", "done", "failed", "done", "pending", "pending"]
    assert column(table, 4) == ["5.0", "4.0", "0.1", "2.0", "-", "-"]
    assert column(table, 5) == ["", f"2 warnings: {WARNINGS[0]}", REASON, "", "", ""]


def test_it_is_sorted_by_a_column_and_keeps_the_layer_that_is_selected(table, progress, plan):
    table.select(3)
    table.sortByColumn(2, qt.Qt.SortOrder.AscendingOrder)
    assert table.shown() == [5, 4, 3, 2, 1, 0]
    table.sortByColumn(4, qt.Qt.SortOrder.AscendingOrder)
    assert table.shown()[:4] == [2, 3, 1, 0]
    assert table.selected() == 3
    progress.begin(n_parallel=1)
    progress.take(LayerOutcome(4, 3.0, result_of(plan, 4)).record(plan.layers[4]))
    table.update_progress(progress)
    assert table.shown()[:4] == [3, 4, 1, 0]
    assert table.selected() == 3


def test_it_is_filtered_by_state_and_words(table, progress, plan):
    table.set_filter("failed", "")
    assert table.shown() == [2]
    table.set_filter("", "DARK warnings")
    assert table.shown() == [1]
    table.set_filter("done", "layer_3")
    assert table.shown() == [3]
    table.set_filter("pending", "")
    progress.begin(n_parallel=2)
    table.update_progress(progress)
    assert table.shown() == [5]
    table.set_filter("running", "")
    assert table.shown() == [2, 4]


def test_the_panel_says_how_far_it_is_and_shows_a_reason_in_full(show, progress):
    panel = show(LayersPanel(), 600, 500)
    panel.set_progress(progress, "samz", "um")
    assert "3 of 6 done, 1 failed, 2 pending" in panel.sentence.text()
    assert panel.bar.value() == 67
    assert panel.again.isEnabled()
    panel.select(2)
    assert REASON in panel.details.toPlainText()
    panel.select(1)
    for warning in WARNINGS:
        assert warning in panel.details.toPlainText()
    panel.state.setCurrentText("done")
    assert panel.n_shown.text() == "3 of 6"
    panel.search.setText("nothing like it")
    assert panel.n_shown.text() == "0 of 6"
    progress.begin(n_parallel=1)
    panel.refresh()
    assert not panel.again.isEnabled()


@pytest.fixture
def layer_view(show, path, progress):
    view = show(LayerView(), 500, 500)
    view.set_volume(str(path), progress, "samz", "um")
    yield view
    view.stop()


def shown(view, wait):
    wait(lambda: not view._reader.is_running())
    assert view.pictures.has_content(), view.pictures.text
    return view.panel.image()


def choose(view, name):
    view.choice.setCurrentIndex(view.choice.findData(name))


def test_the_images_of_a_layer_are_read_from_the_file(layer_view, plan, path, wait):
    choose(layer_view, "weak_beam")
    for index in (3, 0):
        layer_view.show_layer(index)
        expected = result_of(plan, index).images["weak_beam"]
        numpy.testing.assert_array_equal(shown(layer_view, wait), expected)
    assert layer_view.panel.title.text() == "Weak beam · layer 0, samz = 10 µm"
    image = layer_view.panel.plot.getImage("image")
    assert image.getOrigin() == (REGION.left - 0.5, REGION.top - 0.5)
    assert image.getScale() == (2, 2)
    layer_view._show_pixel(0, 0)
    assert layer_view.readout.text() == "row 10.5, column 20.5:  no value"
    layer_view._show_pixel(1, 2)
    assert layer_view.readout.text().endswith(" counts")
    choose(layer_view, "line_probability")
    shown(layer_view, wait)
    assert layer_view.panel.bar.labels[-1] == "1"
    assert not layer_view.scale.isEnabled()


def test_one_colour_scale_for_all_layers_and_both_flanks(layer_view, wait):
    ranges = set()
    for index in (0, 1, 3):
        layer_view.show_layer(index)
        for name in ("weak_beam", "wb_low", "wb_high"):
            choose(layer_view, name)
            shown(layer_view, wait)
            ranges.add(layer_view.panel.bar.labels)
    assert len(ranges) == 1
    choose(layer_view, "strong_beam")
    shown(layer_view, wait)
    assert layer_view.panel.bar.labels not in ranges


def test_colours_of_nothing_at_all():
    nothing = numpy.full((1, 2, 2), numpy.nan, "float32")
    for name in ("weak_beam", "dislocation_image", "line_probability"):
        low, high = colormap_of(name, nothing, "linear").getVRange()
        assert low < high


def test_layers_without_images_say_why(layer_view):
    layer_view.show_layer(2)
    assert layer_view.pictures.text == f"Layer 2 failed. {REASON}"
    layer_view.show_layer(4)
    assert "Layer 4 is pending" in layer_view.pictures.text
    assert not layer_view.pictures.has_content()


def test_an_image_that_the_volume_does_not_hold(show, plan, tmp_path, wait):
    options = replace(plan.options, find_dislocations=False)
    plan, path = replace(plan, options=options), tmp_path / "no_lines.h5"
    create_volume(path, plan)
    with VolumeFile(path) as volume:
        volume.write(LayerOutcome(0, 1.0, result_of(plan, 0)))
    view = show(LayerView())
    view.set_volume(str(path), VolumeProgress(plan.layers, read_summary(path).layers), "", "")
    wait(lambda: not view._reader.is_running())
    assert "made without it" in view.pictures.text
    choose(view, "wb_low")
    shown(view, wait)
    assert view.panel.title.text().endswith("layer 0, z = 10")
    view.stop()


@pytest.fixture
def view(show):
    view = show(VolumeView(), 1000, 600)
    yield view
    view.stop()


def test_a_volume_that_exists_is_shown_and_looked_at(view, path, wait):
    assert not view.has_content()
    view.set_question(question(path))
    wait(lambda: view.progress is not None)
    assert view.panel.table.selected() == 0
    shown(view.layer, wait)
    view.panel.select(3)
    assert view.layer.index == 3
    view.layer.slider.setValue(2)
    assert view.panel.table.selected() == 2
    assert "layer" in view.note.text()
    view.set_question(question("", layers=()))
    assert not view.has_content()
    assert view.progress is None


def test_it_follows_a_run_whose_layers_can_be_looked_at(view, plan, path, wait):
    view.set_question(question(path))
    wait(lambda: view.progress is not None)
    view.begin_run(anew=False, n_parallel=1)
    assert view.progress.state_of(2) == "running"
    with VolumeFile(path) as volume:
        for index in (2, 4):
            outcome = LayerOutcome(index, 1.0, result_of(plan, index))
            volume.write(outcome)
            view.take_layer(outcome.record(plan.layers[index]))
        wait(lambda: view.progress.state_of(5) == "running")
        assert "5 of 6 done" in view.panel.sentence.text()
        view.panel.select(4)
        wait(lambda: view.layer._loaded is not None and view.layer._loaded.request.index == 4)
        expected = result_of(plan, 4).images["dislocation_image"]
        numpy.testing.assert_array_equal(view.layer._loaded.picture.values, expected)
    view.end_run()
    wait(lambda: not view._reader.is_running())
    assert view.progress.state_of(5) == "pending"
    assert not view.progress.is_running


def test_a_run_that_begins_before_its_layers_are_found(view, path, wait):
    view.set_question(question(path))
    view.begin_run(anew=False, n_parallel=1)
    assert view.progress is None
    wait(lambda: view.progress is not None)
    assert view.progress.is_running
    assert view.progress.state_of(2) == "running"
    assert not view.panel.again.isEnabled()


def test_a_run_anew_shows_nothing_of_before(view, path, wait):
    view.set_question(question(path))
    wait(lambda: view.progress is not None)
    shown(view.layer, wait)
    view.begin_run(anew=True, n_parallel=1)
    assert view.progress.count("done") == 0
    assert not view.layer.pictures.has_content()


def test_a_file_that_is_no_volume(view, tmp_path, wait):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    view.set_question(question(tmp_path / "other.h5"))
    wait(lambda: "must hold the volume" in view.note.text())
    assert view.progress is None


def test_what_a_run_would_take_and_why_it_would_be_refused(view, make_scan, tmp_path, wait):
    for index in range(2):
        scan = make_scan(seed=index)
        with h5py.File(tmp_path / f"scan_{index}.h5", "w") as file:
            file["1.1/instrument/pco_ff/data"] = scan.frames
            file["1.1/instrument/positioners/phi"] = scan.angles
    options = LayerOptions(patch_size=16, device="cpu")
    asked = question("", layers=(str(tmp_path / "scan_*.h5"),), options=options)
    view.set_question(asked)
    wait(lambda: view.progress is not None)
    assert "2 layers with 22 frames." in view.note.text()
    assert "Choose a file for the volume" in view.note.text()
    assert list(map(view.progress.state_of, (0, 1))) == ["pending", "pending"]
    view.set_question(replace(asked, output_file=str(tmp_path / "volume.h5")))
    wait(lambda: "of memory for each process" in view.note.text())
    assert "2 layers with 22 frames" in view.note.text()
    outside = replace(options, region=Region(0, 5000, 0, 5000))
    view.set_question(replace(asked, output_file=str(tmp_path / "v.h5"), options=outside))
    wait(lambda: "must lie inside the frame" in view.note.text())


def test_only_the_latest_job_is_heard_of(app, wait):
    job, heard, failed = LatestJob(), [], []
    job.succeeded.connect(heard.append)
    job.failed.connect(failed.append)

    def slow(monitor):
        while True:
            monitor.check("Another came.")
            time.sleep(0.005)

    job.begin(slow)
    job.begin(lambda monitor: 1)
    job.begin(lambda monitor: 2)
    wait(lambda: not job.is_running())
    assert (heard, failed) == ([2], [])
    job.begin(slow)
    job.cancel()
    assert not job.is_running()
    wait(lambda: job._job is None)
    assert (heard, failed) == ([2], [])


def test_layers_are_typed_in_lines(app):
    control, heard = LineList("layers", "Layers"), []
    control.changed.connect(lambda: heard.append(control.value()))
    assert control.value() is None
    control.set_value("scans/layer_*.h5")
    assert control.value() == ["scans/layer_*.h5"]
    control.text.setPlainText(" a.h5 \n\n b.h5")
    assert control.value() == ["a.h5", "b.h5"]
    control.set_value(["a.h5", "b.h5"])
    assert control.text.toPlainText() == " a.h5 \n\n b.h5"
    control.set_value(None)
    assert heard == [["scans/layer_*.h5"], ["a.h5", "b.h5"], None]


def test_a_choice_takes_other_texts_too(app):
    control, heard = TypedChoice("scheduler", "Run by", {None: "here", "local": "all cores"}), []
    control.changed.connect(lambda: heard.append(control.value()))
    assert control.value() is None
    control.set_value("local")
    assert control.widget.currentText() == "all cores"
    control.set_value("tcp://host:8786")
    assert control.value() == "tcp://host:8786"
    control.set_value(None)
    assert (control.value(), control.widget.currentText()) == (None, "here")
    assert heard == ["local", "tcp://host:8786", None]


def test_states_have_no_other_names():
    assert {state.name.lower() for state in LayerState} | {"running"} == {
        "pending",
        "running",
        "done",
        "failed",
    }
