"""Names of a bundle's files are those that it is written with."""

from powertheft.actions import bundle_files, prepare_data
from powertheft.models import bundle


def test_a_report_is_looked_for_where_bundles_are_written():
    assert (bundle_files.MANIFEST, bundle_files.MANIFEST_SUM) == (bundle.MANIFEST, bundle.MANIFEST_SUM)
    assert bundle_files.PROFILE_FILE == prepare_data.PROFILE_FILE
