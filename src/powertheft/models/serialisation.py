"""Estimators as files that run no code when they are read. Rule of the room: the scikit-learn contract.

Boosters in their makers' own formats, networks of Keras in its own (in safe mode, of listed layers), everything else
through skops. What skops may build is the fixed list here, beside the plain numbers, arrays and scikit-learn estimators
that it trusts by itself; nothing is ever added to it because a file asks for it.
"""

import copy
import warnings
from collections.abc import Mapping
from typing import Any
from zipfile import ZIP_DEFLATED

import skops.io
from sklearn.exceptions import InconsistentVersionWarning

from powertheft.models.classifier import TheftClassifier
from powertheft.models.registry import ALGORITHMS, estimator_class

TRUSTED_TYPES: tuple[str, ...] = (
    *ALGORITHMS.values(),
    "powertheft.models.area_encoding.AreaEncoder",
    "powertheft.models.preprocessing.FeatureEncoder",
    "powertheft.models.preprocessing.TailCompressor",
    "powertheft.models.series_encoding.SeriesEncoder",
    "numpy.dtype",
    "sklearn.tree._tree.Tree",
)
ESTIMATOR_FILE = "estimator.skops"


def estimator_to_files(estimator: TheftClassifier) -> dict[str, bytes]:
    """Return the files of a fitted estimator, by name."""
    native = estimator.native_files()
    plain = copy.copy(estimator)
    for attribute in estimator.native_attributes:
        delattr(plain, attribute)
    return {ESTIMATOR_FILE: skops.io.dumps(plain, compression=ZIP_DEFLATED, compresslevel=3), **native}


def estimator_from_files(algorithm: str, files: Mapping[str, bytes]) -> TheftClassifier:
    """Return the estimator that `estimator_to_files` wrote.

    Raises
    ------
    TypeError
        If the file asks for a type that is not trusted, or holds another kind of object.
    """
    with warnings.catch_warnings():
        # The golden predictions decide whether another version of scikit-learn still says the same.
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        loaded: Any = skops.io.loads(files[ESTIMATOR_FILE], trusted=list(TRUSTED_TYPES))
    expected = estimator_class(algorithm)
    if type(loaded) is not expected:
        msg = f"the file holds {type(loaded).__name__}, not {expected.__name__}"
        raise TypeError(msg)
    loaded.read_native_files(files)
    return loaded
