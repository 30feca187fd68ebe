"""The 3D view of a reconstruction, where there is OpenGL (a screen, or Xvfb with Mesa)."""

import time

import numpy
import pytest
from silx.gui.utils.glutils import isOpenGLAvailable

from darfix_wb.gui.reconstruction.view import ReconstructionView
from darfix_wb.reconstruction.files import reconstruct_file
from darfix_wb.reconstruction.options import ReconstructionOptions


@pytest.fixture(scope="module", autouse=True)
def _opengl(app):
    found = isOpenGLAvailable()
    if not found:
        pytest.skip(f"no OpenGL: {found.error}")


@pytest.fixture
def wait(app):
    def wait(holds, seconds=30.0):
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, "it took too long"
            app.processEvents()
            time.sleep(0.005)
        app.processEvents()

    return wait


@pytest.fixture
def view(show, wait, volume_file, tmp_path):
    path, again = tmp_path / "lines.h5", tmp_path / "again.h5"
    spacing, options = (1.0, 0.2, 0.1), ReconstructionOptions()
    reconstruct_file(volume_file, spacing, path, options)
    reconstruct_file(volume_file, spacing, again, options, reference=str(path))
    view = show(ReconstructionView(), 1000, 620)
    view.show_file(str(again))
    wait(lambda: view.space.has_content() and not view.is_busy())
    yield view
    view.stop()


def picture(view):
    return view.space.scene.widget.grabGL()


def pixels_of(view, color):
    """How many pixels of the picture have a colour, nearly."""
    image = picture(view).convertToFormat(picture(view).Format.Format_RGB888)
    data = numpy.frombuffer(image.constBits().asstring(image.sizeInBytes()), numpy.uint8)
    rows = data.reshape(image.height(), -1)[:, : 3 * image.width()].reshape(-1, 3).astype(int)
    shares = rows / numpy.maximum(rows.max(axis=1, keepdims=True), 1)
    wanted = numpy.array(color) / max(color)
    return int(((numpy.abs(shares - wanted).max(axis=1) < 0.08) & (rows.max(axis=1) > 90)).sum())


def test_lines_images_and_the_selected_line_are_seen(view, wait):
    assert view.tabs.currentWidget() is view.space
    scene, pink = view.space.scene, (255, 61, 208)
    assert pixels_of(view, pink) == 0
    view.select_line(0)
    wait(lambda: not view.is_busy())
    assert pixels_of(view, pink) > 50
    before = picture(view)
    scene.surface_shown.setChecked(True)
    wait(lambda: scene._meshes["surface"].getPositionData().size)
    low, high = (getattr(scene._meshes["surface"].getPositionData(), end)(axis=0)
                 for end in ("min", "max"))  # fmt: skip
    assert (low >= -0.1).all()
    assert (high <= [9.6, 19.2, 11.1]).all()
    assert picture(view) != before
    scene.cut.setCurrentIndex(1)
    assert scene.place.text().startswith("layer 6.00 µm, white: ")
    scene.position.setValue(2)
    assert scene.place.text().startswith("layer 2.00 µm")


def test_the_lines_lie_where_the_volume_is(view):
    points = view.space.scene._meshes["lines"].getPositionData()
    low, high = view.network.bounds_um[:, ::-1]
    radius = view.space._data.radius_um
    assert (points >= low - radius).all()
    assert (points <= high + radius).all()
    assert points[:, 2].max() > 11
    view.reference.setChecked(False)
    assert not view.space.scene._meshes["reference"].isVisible()


def test_colours_are_those_of_the_legend(view):
    for place in range(view.legend.choice.count()):
        view.legend.choice.setCurrentIndex(place)
        colors = view.space.scene._meshes["lines"].getColorData()
        assert len(colors) == 6 * len(view._loaded.lines)
    assert len(numpy.unique(colors, axis=0)) == 1
