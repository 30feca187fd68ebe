"""A training in its window: epochs as they come, scores with the right names, the record."""

import numpy
import pytest

from darfix_wb.gui.forms.device_finder import DeviceFinder
from darfix_wb.gui.forms.file_list import FileList
from darfix_wb.gui.training.record_tree import RecordTree
from darfix_wb.gui.training.view import TrainingView


def record(epoch, loss=None, accuracy=None):
    return {
        "epoch": epoch,
        "training_loss": 1 / epoch,
        "training_accuracy": 0.5,
        "validation_loss": loss,
        "validation_accuracy": accuracy,
    }


@pytest.fixture
def view(show):
    view = show(TrainingView(), 1000, 700)
    view.start(10)
    return view


def test_epochs_are_drawn_as_they_come_and_the_best_is_marked(view):
    for epoch, loss in enumerate((0.9, 0.3, 0.5), start=1):
        view.add_epoch(record(epoch, loss, 0.8))
    assert view.curves.best_epoch == 2
    numpy.testing.assert_allclose(
        view.curves.plots["loss"].getCurve("validation_loss").getYData(), [0.9, 0.3, 0.5]
    )
    assert view.curves.plots["accuracy"].getCurve("validation_accuracy").getYData()[0] == 80
    assert view.curves.plots["loss"].getXAxis().getLimits() == (0.5, 10.5)
    assert view.status.startswith("Epoch 3 of 10. Training: loss 0.333, 50.0 % correct.")


def test_without_validation_nothing_is_best(view):
    view.add_epoch(record(1))
    assert view.curves.best_epoch is None
    assert view.curves.plots["loss"].getCurve("validation_loss") is None


def test_a_network_that_is_begun_again_begins_new_curves(view):
    view.add_epoch(record(1, 1.0, 0.5))
    view.add_epoch(record(2, 1.0, 0.5))
    view.add_epoch(record(1, 0.7, 0.9))
    assert [one["epoch"] for one in view.curves.records] == [1]
    assert "training started again with other weights" in view.status


def test_confusion_has_the_right_names(view):
    scores = {
        "confusion": [[257, 0, 1], [35, 76, 0]],
        "reliability": [[0.6, 0.5, 10], [0.97, 0.99, 300]],
        "n_patches": 369,
        "balanced_accuracy": 0.84,
        "interval": [0.8, 0.9],
        "ece": 0.02,
    }
    view._show_scores(scores)
    table = view.confusion
    named = {
        (table.verticalHeaderItem(i).text(), table.horizontalHeaderItem(j).text()): table.item(
            i, j
        ).text()
        for i in range(2)
        for j in range(3)
    }
    assert named["true strong", "predicted\nweak"] == "35 (31.5 %)"
    assert named["true weak", "predicted\nweak"] == "257 (99.6 %)"
    assert named["true weak", "predicted\nempty"] == "1 (0.4 %)"
    assert "369 patches; balanced accuracy 84.0 % (95 %: 80.0 to 90.0 %)" in view._figures.text()
    x, y = view.reliability.getCurve("bins").getData(copy=False)[:2]
    numpy.testing.assert_allclose([x, y], [[60, 97], [50, 99]])
    view.clear()
    assert table.rowCount() == 0


def test_the_shipped_model_can_be_looked_at_and_copied(view, tmp_path):
    from darfix_wb.model import BeamModel, shipped_model_file

    failures = []
    view.failed.connect(failures.append)
    view.show_model(str(shipped_model_file()))
    names = [view.record.topLevelItem(i).text(0) for i in range(view.record.topLevelItemCount())]
    assert {"network", "patch size", "hash", "versions"} <= set(names)
    view.save_copy(str(tmp_path / "copy.safetensors"))
    assert BeamModel.load(tmp_path / "copy.safetensors").hash == BeamModel.load().hash
    assert failures == []
    view.save_copy(str(tmp_path / "copy.safetensors"))
    (tmp_path / "no.safetensors").write_text("no model")
    view.show_model(str(tmp_path / "no.safetensors"))
    assert len(failures) == 2


def test_a_record_is_a_tree_of_plain_values(show):
    tree = show(RecordTree())
    tree.set_record(
        {"best_epoch": 3, "split": {"frames": {"0": [1, 2]}}, "data": [{"source": "a"}], "x": None}
    )
    items = [tree.topLevelItem(i) for i in range(4)]
    assert (items[0].text(0), items[0].text(1)) == ("best epoch", "3")
    assert items[1].child(0).child(0).text(1) == "1, 2"
    assert items[2].child(0).child(0).text(1) == "a"
    assert items[3].text(1) == "none"


def test_devices_are_found_without_waiting(app):
    finder, found = DeviceFinder(), []
    finder.found.connect(lambda devices, why: found.append((devices, why)))
    finder.start()
    finder.start()
    finder._thread.join(60)
    app.processEvents()
    ((devices, why),) = found
    assert {"auto", "cpu"} <= set(devices)
    assert why.startswith("auto is ")


def test_a_list_of_files_takes_none_and_gives_none(app):
    control, changes = FileList("training_files", "Labels files"), []
    control.changed.connect(lambda: changes.append(control.value()))
    assert control.value() is None
    control.set_value(["a.h5", "b.h5"])
    control._list.item(0).setSelected(True)
    control.remove_selected()
    control.set_value(None)
    assert changes == [["a.h5", "b.h5"], ["b.h5"], None]
