"""Our tasks among darfix's: what they take, what they give."""

from __future__ import annotations

import json

import h5py
import numpy
import pytest
from darfix.core.noise_removal_type import NoiseRemovalType
from darfix.tasks.blind_source_separation import BlindSourceSeparation
from darfix.tasks.blind_source_separation import Method as Separation
from darfix.tasks.dimension_definition import DimensionDefinition
from darfix.tasks.grain_plot import GrainPlot
from darfix.tasks.noise_removal import NoiseRemoval
from darfix.tasks.pca import PCA
from darfix.tasks.rocking_curves import RockingCurves
from darfix.tasks.roi import RoiSelection
from darfix.tasks.shift_correction import ShiftCorrection

from darfix_wb.beam import UNLABELLED, BeamCondition
from darfix_wb.io.classification_files import read_classification
from darfix_wb.io.label_files import load_labels
from darfix_wb.io.provenance import Provenance
from darfix_wb.model import BeamModel
from darfix_wb.patches import PatchGrid
from darfix_wb.tasks.beam_integration import BeamIntegration
from darfix_wb.tasks.lcnn_training import LCNNTraining
from darfix_wb.tasks.patch_extraction import PatchExtraction
from darfix_wb.tasks.patch_labelling import PatchLabelling
from darfix_wb.tasks.weak_beam_classification import WeakBeamClassification

from .conftest import FRAME_LABELS, PATCH_SIZE

WEAK, STRONG, EMPTY = BeamCondition


def test_extraction_passes_the_dataset_on(run, dataset):
    done = run(PatchExtraction, dataset=dataset, patch_size=32, stride=16, dark=90.0)
    assert done.dataset is dataset
    assert done.patches.grid == PatchGrid((64, 96), 32, 16)
    assert done.patches.background.level == 90
    assert done.patches.scan.motor == "phi"


def test_labels_of_frames_patches_and_files(run, patches, tmp_path):
    path = str(tmp_path / "labels.h5")
    first = run(PatchLabelling, patches=patches, labels_file=path, frame_labels=FRAME_LABELS)
    assert first.labels_file == path
    assert first.patches is patches
    assert (first.labels.values[4, :, -1] == EMPTY).all()
    assert (first.labels.values[4, :, :-1] == STRONG).all()
    assert (first.labels.values[3] == UNLABELLED).all()
    assert load_labels(path).hash == first.labels.hash
    again = run(PatchLabelling, patches=patches, labels_file=path)
    assert again.labels.hash == first.labels.hash
    more = run(
        PatchLabelling,
        patches=patches,
        labels_file=path,
        patch_labels=[[3, 0, 0, "ambiguous"]],
        overwrite=True,
    )
    assert more.labels.counts()["ambiguous"] == 1
    assert more.labels.counts()["weak"] == first.labels.counts()["weak"]
    assert load_labels(path).hash == more.labels.hash


def test_a_trained_model_says_where_it_comes_from(run, model_file, labels, scan_file):
    model = BeamModel.load(model_file)
    assert (model.name, model.patch_size) == ("lcnn", PATCH_SIZE)
    (data,) = model.record["training_data"]
    assert data["labels_hash"] == labels.hash
    assert str(scan_file) in data["source"]
    assert model.record["options"]["n_epochs"] == 15


def test_training_from_files_equals_training_from_patches(
    run, patches, training_inputs, model_file, tmp_path
):
    path = str(tmp_path / "labels.h5")
    run(PatchLabelling, patches=patches, labels_file=path, frame_labels=FRAME_LABELS)
    other = {key: training_inputs[key] for key in ("n_epochs", "device")}
    done = run(
        LCNNTraining,
        model_file=str(tmp_path / "model.safetensors"),
        training_files=[path],
        **other,
    )
    assert BeamModel.load(done.model_file).hash == BeamModel.load(model_file).hash
    assert len(done.history["training_loss"]) == done.history["epoch"][-1]
    json.dumps(done.history)


def test_training_goes_on_from_a_model(run, training_inputs, model_file, tmp_path):
    inputs = {**training_inputs, "n_epochs": 1, "learning_rate": 1e-6}
    path = tmp_path / "model.safetensors"
    done = run(LCNNTraining, model_file=str(path), initial_model=model_file, **inputs)
    model, initial = BeamModel.load(done.model_file), BeamModel.load(model_file)
    assert model.record["initial_model_hash"] == initial.hash
    for name, weights in initial.network.state_dict().items():
        numpy.testing.assert_allclose(model.network.state_dict()[name], weights, atol=1e-3)


def test_the_network_tells_another_scan(
    run, select, write_scan, make_scan, model_file, share_right
):
    other = make_scan(seed=11)
    lazy = select(write_scan(other.frames, {"phi": other.angles}))
    done = run(WeakBeamClassification, dataset=lazy, model_file=model_file, device="cpu")
    assert done.dataset is lazy
    assert done.classification.grid == PatchGrid((64, 96), PATCH_SIZE, PATCH_SIZE // 2)
    weak, strong, empty = share_right(done.classification)
    assert min(weak, strong) > 0.95
    assert empty == 1


def test_decoding_is_a_choice(run, select, write_scan, make_scan, model_file):
    fine = make_scan(n_steps=31)
    lazy = select(write_scan(fine.frames, {"phi": fine.angles}))
    inputs = {"dataset": lazy, "model_file": model_file, "device": "cpu"}
    decoded, alone = (
        run(WeakBeamClassification, decode=decode, **inputs).classification
        for decode in (True, False)
    )
    assert alone.model_hash == decoded.model_hash == BeamModel.load(model_file).hash
    assert numpy.abs(alone.probabilities - decoded.probabilities).max() > 0.01


def test_the_angle_rule_needs_no_model(run, dataset, share_right):
    done = run(WeakBeamClassification, dataset=dataset, method="angle-rule", patch_size=PATCH_SIZE)
    assert done.classification.method == "angle-rule"
    weak, strong, empty = share_right(done.classification)
    assert (weak, strong, empty) == (1, 1, 1)


@pytest.mark.parametrize("method", ["network", "angle-rule"])
def test_lazy_and_loaded_datasets_give_the_same(
    run, select, scan_file, dataset, model_file, method
):
    by_network = {"device": "cpu", "model_file": model_file} if method == "network" else {}
    given = {"method": method, "patch_size": PATCH_SIZE, **by_network}
    lazy, loaded = (
        run(WeakBeamClassification, dataset=data, **given).classification.probabilities
        for data in (select(scan_file), dataset)
    )
    numpy.testing.assert_array_equal(lazy, loaded)
    assert loaded.shape == (11, 7, 11, 3)


@pytest.mark.parametrize("mode", ["default", "paper"])
def test_integration_gives_images_a_dataset_and_a_file(
    run, dataset, classification, tmp_path, mode
):
    path = tmp_path / "weak.h5"
    done = run(
        BeamIntegration,
        dataset=dataset,
        classification=classification,
        mode=mode,
        output_file=str(path),
    )
    assert done.output_file == str(path)
    assert done.images.mode == mode
    for name in ("weak_beam_image", "strong_beam_image", "binary_map"):
        assert getattr(done, name).shape == (64, 96)
    lit = numpy.s_[:, :72]
    share = {"default": 5, "paper": 2}[
        mode
    ]  # sums hold the dark level of twice as many weak frames
    weak, strong = (numpy.nanmean(i[lit]) for i in (done.weak_beam_image, done.strong_beam_image))
    assert strong > share * weak
    assert done.dataset.dims.get_names() == ["phi"]
    weak = done.dataset.as_array3d()
    assert weak.shape == (11, 64, 96)
    assert weak[5][lit].mean() < 0.05 * (dataset.as_array3d()[5][lit].astype(float) - 100).mean()
    assert weak[0][lit].mean() == pytest.approx(12, abs=2)
    with h5py.File(path) as file:
        numpy.testing.assert_array_equal(
            file["entry/integration/weak_beam/weak_beam"], done.weak_beam_image
        )
        provenance = Provenance.from_nexus(file["entry/integration"])
    assert provenance.parameters["mode"] == mode
    assert provenance.model_hash == classification.model_hash
    again = read_classification(path)
    numpy.testing.assert_array_equal(again.probabilities, classification.probabilities)


def test_without_a_file_nothing_is_written(run, dataset, classification, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(BeamIntegration, dataset=dataset, classification=classification)
    assert done.output_file is None
    assert list(tmp_path.iterdir()) == []


def test_the_input_frames_are_left_alone(run, dataset, classification):
    before = dataset.as_array3d().copy()
    run(BeamIntegration, dataset=dataset, classification=classification)
    numpy.testing.assert_array_equal(dataset.as_array3d(), before)


def test_after_darfixs_preparation(run, dataset, share_right, model_file):
    cut = run(RoiSelection, dataset=dataset, roi_origin=[0, 4], roi_size=[96, 56]).dataset
    operations = [
        {"type": NoiseRemovalType.HP, "parameters": {"kernel_size": 3}},
        {"type": NoiseRemovalType.THRESHOLD, "parameters": {"bottom": 0.0, "top": 60000.0}},
    ]
    clean = run(NoiseRemoval, dataset=cut, operations=operations).dataset
    shifted = run(ShiftCorrection, dataset=clean, shift=[1.0, 0.0]).dataset
    assert shifted.frame_shape == (66, 96)  # darfix makes room for a drift of 10 px
    rule = {"method": "angle-rule", "patch_size": PATCH_SIZE}
    beam_map = run(WeakBeamClassification, dataset=shifted, **rule).classification
    weak, strong, _ = share_right(beam_map)
    assert min(weak, strong) > 0.9
    network = {"model_file": model_file, "device": "cpu"}
    beam_map = run(WeakBeamClassification, dataset=shifted, **network).classification
    done = run(BeamIntegration, dataset=shifted, classification=beam_map)
    assert done.dataset.frame_shape == (66, 96)
    assert numpy.isfinite(done.weak_beam_image).any()


def test_after_a_background_subtraction(run, dataset, share_right):
    parameters = {"method": "median", "background_type": "Data"}
    operations = [{"type": NoiseRemovalType.BS, "parameters": parameters}]
    clean = run(NoiseRemoval, dataset=dataset, operations=operations).dataset
    rule = {"method": "angle-rule", "patch_size": PATCH_SIZE}
    beam_map = run(WeakBeamClassification, dataset=clean, **rule).classification
    _, strong, _ = share_right(beam_map)
    assert strong > 0.9
    done = run(BeamIntegration, dataset=clean, classification=beam_map)
    assert numpy.isfinite(done.weak_beam_image).any()


@pytest.fixture(scope="module", params=["3d", "4d"])
def weak_dataset(run, request, model_file):
    """Weak-beam signal of a scan with one motor, and of one with two."""
    source = request.getfixturevalue("dataset" if request.param == "3d" else "dataset_4d")
    inputs = {"dataset": source, "model_file": model_file, "device": "cpu"}
    beam_map = run(WeakBeamClassification, **inputs).classification
    return run(BeamIntegration, dataset=source, classification=beam_map).dataset


def test_darfixs_grain_plot_takes_it(run, weak_dataset, tmp_path):
    path = tmp_path / "maps.h5"
    maps = run(GrainPlot, dataset=weak_dataset, filename=str(path)).dataset_with_moments
    assert set(maps.moments_dims) == set(range(weak_dataset.dims.ndim)) or set(
        maps.moments_dims
    ) == set(weak_dataset.dims.get_names())
    assert path.exists()


def test_darfixs_rocking_curves_take_it(run, weak_dataset, tmp_path):
    cut = run(RoiSelection, dataset=weak_dataset, roi_origin=[30, 20], roi_size=[10, 8]).dataset
    done = run(RockingCurves, dataset=cut, save_maps=False)
    assert done.dataset.frame_shape == (8, 10)
    assert done.dataset.data.shape == cut.data.shape


def test_darfixs_pca_takes_it(run, weak_dataset):
    done = run(PCA, dataset=weak_dataset, num_components=3)
    assert len(done.vals) == 3
    assert numpy.isfinite(done.vals).all()


def test_darfixs_source_separation_takes_it(run, weak_dataset):
    done = run(BlindSourceSeparation, dataset=weak_dataset, method=Separation.NMF, n_comp=2)
    assert done.comp.shape == (2, 64, 96)
    assert numpy.isfinite(done.W).all()


def test_two_motors(run, dataset_4d, model_file, share_right):
    inputs = {"dataset": dataset_4d, "model_file": model_file, "device": "cpu"}
    beam_map = run(WeakBeamClassification, **inputs).classification
    assert beam_map.n_frames == 33
    weak, strong, empty = share_right(beam_map)
    assert min(weak, strong) > 0.9
    assert empty == 1
    done = run(BeamIntegration, dataset=dataset_4d, classification=beam_map)
    assert done.dataset.data.shape == (3, 11, 64, 96)
    assert done.dataset.dims.get_names() == ["phi", "chi"]


def test_two_motors_by_the_slower_one(run, dataset_4d):
    inputs = {"dataset": dataset_4d, "patch_size": PATCH_SIZE}
    patches = run(PatchExtraction, rocking_motor="chi", **inputs).patches
    assert numpy.shape(patches.scan.curves) == (11, 3)
    assert (numpy.diff(numpy.array(patches.scan.curves), axis=1) == 11).all()
    rule = run(WeakBeamClassification, rocking_motor="chi", method="angle-rule", **inputs)
    assert rule.classification.n_frames == 33


def test_dimensions_are_not_needed_where_one_motor_moves(run, select, scan_file):
    loaded = select(scan_file).to_dataset()
    assert not loaded.dims.ndim
    patches = run(PatchExtraction, dataset=loaded, patch_size=PATCH_SIZE).patches
    assert patches.scan.motor == "phi"
    defined = run(DimensionDefinition, dataset=select(scan_file)).dataset
    again = run(PatchExtraction, dataset=defined, patch_size=PATCH_SIZE).patches
    numpy.testing.assert_array_equal(patches.curves, again.curves)


def test_one_frame(run, select, write_scan, scan, model_file):
    lazy = select(write_scan(scan.frames[5:6], {"phi": 0.0}))
    inputs = {"model_file": model_file, "device": "cpu"}
    for alone in (lazy, lazy.to_dataset()):
        beam_map = run(WeakBeamClassification, dataset=alone, dark=100.0, **inputs).classification
        assert (beam_map.condition()[0, :, :8] == STRONG).mean() > 0.9
        done = run(BeamIntegration, dataset=alone, classification=beam_map)
        assert numpy.isfinite(done.strong_beam_image[:, :64]).mean() > 0.9
