"""One small synthetic county and one town, made once for all tests of the generator."""

from pathlib import Path

import pytest

from qianshou.engines.city import generate


@pytest.fixture(scope="session")
def county(tmp_path_factory) -> Path:
    """Make a county of about 850 children."""
    out = tmp_path_factory.mktemp("city") / "county"
    generate.generate("county", 11, out, scale=0.25)
    return out


@pytest.fixture(scope="session")
def town(tmp_path_factory) -> Path:
    """Make a town of about 100 children."""
    out = tmp_path_factory.mktemp("city") / "town"
    generate.generate("town", 11, out)
    return out
