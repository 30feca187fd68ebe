"""Files for the pages of the documentation, made once."""

import pytest

from tests.docs.sample_files import SampleFiles


@pytest.fixture(scope="session")
def sample_files(tmp_path_factory):
    return SampleFiles(tmp_path_factory.mktemp("samples"), pytest.MonkeyPatch.context)
