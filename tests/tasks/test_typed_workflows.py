"""The saved workflows by the command line of ewoks, with what people type wrong."""

from __future__ import annotations

import subprocess
import sys

import pytest

from darfix_wb.tasks.patch_extraction import PatchExtraction
from darfix_wb.tasks.patch_labelling import PatchLabelling

from .conftest import FRAME_LABELS, PATCH_SIZE


@pytest.fixture
def train(scan_file, tmp_path):
    """Runs the workflow as it is saved; the words it ends with."""

    def train(*settings):
        given = [
            f"selection:raw_input_file={scan_file}",
            f"selection:treated_data_dir={tmp_path}",
            f"extraction:patch_size={PATCH_SIZE}",
            "training:n_epochs=1",
            "training:device=cpu",
            *settings,
        ]
        command = [
            *(sys.executable, "-m", "ewoks", "execute", "darfix_wb.workflows.train_weak_beam"),
            *("--workflow-format", "json_module", "--outputs", "end"),
            *(part for text in given for part in ("-p", text)),
        ]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
        return done.returncode, done.stdout + done.stderr

    return train


def test_a_labels_file_is_taken(train, run, select, scan_file, tmp_path):
    patches = run(PatchExtraction, dataset=select(scan_file), patch_size=PATCH_SIZE).patches
    labels_file = str(tmp_path / "labels.h5")
    run(PatchLabelling, patches=patches, frame_labels=FRAME_LABELS, labels_file=labels_file)
    code, text = train(f"labelling:labels_file={labels_file}")
    assert code == 0, text
    assert (tmp_path / "weak_beam_model.safetensors").is_file()


def test_no_labels(train):
    code, text = train()
    assert code != 0
    assert "Labels must be given as frame_labels, patch_labels or a labels_file" in text


def test_a_misspelt_parameter(train):
    code, text = train("labelling:label_file=labels.h5")
    assert code != 0
    assert "got 'label_file'. Did you mean 'labels_file'?" in text


def test_a_misspelt_node(train):
    code, text = train("labeling:labels_file=labels.h5")
    assert code != 0
    assert "KeyError: 'labeling'" in text
