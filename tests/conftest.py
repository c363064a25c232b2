"""What tests of several rooms share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes is the machine's business; what a test may take in all is pytest's timeout.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# Mirroring has its own tests; elsewhere each worker would load MLflow first.
os.environ["POWERTHEFT_TRACKING"] = "off"


@pytest.fixture(scope="session")
def steg_folder() -> Path:
    """The real billing history of STEG; a test that needs it is skipped where it is absent, unless it is demanded."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data" / "steg"
    if not (folder / "invoice.parquet").exists():
        reason = f"the STEG data is not in {folder}"
        if "data" in os.environ.get("POWERTHEFT_REQUIRE", "").split(","):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
