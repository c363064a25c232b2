"""Exact contributions of boosted trees for many consumers at once. Rule of the room: the booster's own figures, sooner.

What a leaf adds to a consumer's contributions hangs only on which of the features on its path the consumer follows.
Ten thousand consumers make few such patterns a leaf, so each is worked out once and looked up for the others.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from powertheft.models.classifier import FloatArray

ROWS_AT_ONCE = 5_000
"""Consumers whose contributions are added up together: what a tree needs then stays near the processor."""

MOST_BITS = 16
"""Features on a path up to which patterns are remembered."""

MOST_FEATURES = 62
"""Features on a path up to which a pattern fits a whole number."""

ZERO = 1e-35
"""LightGBM's own bound of what counts as zero."""

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TreePaths:
    """Trees, laid out by leaf.

    Attributes
    ----------
    first_node, first_leaf : ndarray, shape (n_trees + 1,)
        Where each tree's nodes and leaves begin.
    column, rule : ndarray of int, shape (n_nodes,)
        Column that a node asks; LightGBM's bits of how: 2 missing goes left, 4 zero is missing, 8 NaN is missing.
    threshold : ndarray of float, shape (n_nodes,)
        Values up to it go left.
    value : ndarray of float, shape (n_leaves,)
        What a leaf adds to the score.
    first_edge, first_slot : ndarray of int, shape (n_leaves + 1,)
        Where the edges and the features of each leaf's path begin.
    edge_node, edge_left, edge_slot : ndarray of int, shape (n_edges,)
        Node that an edge leaves, whether to the left, and which of the path's features the node asks.
    slot_column, slot_share : ndarray, shape (n_slots,)
        Column of a path's feature, and the share of consumers of the fit that followed it there.
    base_value : float
        Mean score over the consumers of the fit.
    """

    first_node: Integers
    first_leaf: Integers
    column: Integers
    rule: Integers
    threshold: FloatArray
    value: FloatArray
    first_edge: Integers
    first_slot: Integers
    edge_node: Integers
    edge_left: Integers
    edge_slot: Integers
    slot_column: Integers
    slot_share: FloatArray
    base_value: float


def read_lightgbm(text: str) -> TreePaths | None:
    """Lay out the trees of LightGBM's own text file; None where a tree is of a kind that is not known here.

    Examples
    --------
    >>> text = "Tree=0\\nsplit_feature=3\\nthreshold=0.5\\ndecision_type=10\\nleft_child=-1\\nright_child=-2\\n"
    >>> text += "leaf_value=-1 2\\nleaf_count=30 10\\ninternal_count=40\\n"
    >>> found = read_lightgbm(text)
    >>> found.slot_column.tolist(), found.slot_share.tolist(), found.base_value
    ([3, 3], [0.75, 0.25], -0.25)
    """
    laid = _Laid()
    for tree in _trees(text):
        if tree.get("num_cat", "0") != "0" or tree.get("is_linear", "0") != "0":
            return None
        laid.add(_lightgbm_tree(tree))
    return laid.paths()


def read_xgboost(text: str | bytes) -> TreePaths | None:
    """Lay out the trees of XGBoost's own JSON, without its base score; None where a tree is of an unknown kind.

    Examples
    --------
    >>> tree = {"left_children": [1, -1, -1], "right_children": [2, -1, -1], "split_indices": [3, 0, 0]}
    >>> tree |= {"split_conditions": [0.5, -1.0, 2.0], "sum_hessian": [40.0, 30.0, 10.0], "default_left": [1, 0, 0]}
    >>> found = read_xgboost(json.dumps({"learner": {"gradient_booster": {"model": {"trees": [tree]}}}}))
    >>> found.slot_column.tolist(), found.slot_share.tolist(), found.base_value
    ([3, 3], [0.75, 0.25], -0.25)
    """
    laid = _Laid()
    for tree in json.loads(text)["learner"]["gradient_booster"].get("model", {}).get("trees", []):
        if any(tree.get("split_type", ())):
            return None
        laid.add(_xgboost_tree(tree))
    return laid.paths()


@dataclass(frozen=True, slots=True)
class _Tree:
    """One tree: nodes with their columns, rules, thresholds, children (leaves as ~place) and weights, then leaves."""

    column: list[int]
    rule: list[int]
    threshold: list[float]
    left: list[int]
    right: list[int]
    node_weight: list[float]
    leaf_weight: list[float]
    value: list[float]


def _trees(text: str) -> Iterator[dict[str, str]]:
    for block in text.partition("\nend of trees")[0].split("Tree=")[1:]:
        yield dict(line.split("=", 1) for line in block.splitlines()[1:] if "=" in line)


def _lightgbm_tree(tree: dict[str, str]) -> _Tree:
    # A tree of one leaf states its value and nothing else.
    words = {name: tree.get(name, "").split() for name in (*_LIGHTGBM_INTEGERS, *_LIGHTGBM_NUMBERS)}
    fields: dict[str, Any] = {field: [int(word) for word in words[name]] for name, field in _LIGHTGBM_INTEGERS.items()}
    fields |= {field: [float(word) for word in words[name]] for name, field in _LIGHTGBM_NUMBERS.items()}
    return _Tree(**fields)


_LIGHTGBM_INTEGERS = {"split_feature": "column", "decision_type": "rule", "left_child": "left", "right_child": "right"}
_LIGHTGBM_NUMBERS = {
    "threshold": "threshold",
    "internal_count": "node_weight",
    "leaf_count": "leaf_weight",
    "leaf_value": "value",
}


def _xgboost_tree(tree: dict[str, Any]) -> _Tree:
    left, right = tree["left_children"], tree["right_children"]
    nodes = [place for place, child in enumerate(left) if child >= 0]
    leaves = [place for place, child in enumerate(left) if child < 0]
    number = {place: order for order, place in enumerate(nodes)} | {place: ~order for order, place in enumerate(leaves)}
    conditions = np.asarray(tree["split_conditions"], dtype=np.float32)
    # Left are values below the condition: up to the single precision number before it.
    limits = np.nextafter(conditions, np.float32(-np.inf)).astype(np.float64)
    weights = tree["sum_hessian"]
    return _Tree(
        [tree["split_indices"][place] for place in nodes],
        [8 | 2 * int(tree["default_left"][place]) for place in nodes],
        limits[nodes].tolist(),
        [number[left[place]] for place in nodes],
        [number[right[place]] for place in nodes],
        [weights[place] for place in nodes],
        [weights[place] for place in leaves],
        conditions[leaves].astype(np.float64).tolist(),
    )


class _Laid:
    """What has been laid out so far."""

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {name: [] for name in TreePaths.__dataclass_fields__}
        for name in ("first_node", "first_leaf", "first_edge", "first_slot"):
            self.columns[name].append(0)
        self.base: float = 0.0
        self.widest: int = 0

    def add(self, tree: _Tree) -> None:
        """Add one tree."""
        if not tree.column:
            # It asks nothing: it moves everybody.
            self.base += sum(tree.value)
            return
        for name in ("column", "rule", "threshold", "value"):
            self.columns[name] += getattr(tree, name)
        weighted = zip(tree.value, tree.leaf_weight, strict=True)
        self.base += sum(value * weight for value, weight in weighted) / tree.node_weight[0]
        above = {child: (node, 1) for node, child in enumerate(tree.left)}
        above |= {child: (node, 0) for node, child in enumerate(tree.right)}
        for leaf in range(len(tree.value)):
            self._walk_up(leaf, tree, above)
        self.columns["first_node"].append(len(self.columns["column"]))
        self.columns["first_leaf"].append(len(self.columns["value"]))

    def _walk_up(self, leaf: int, tree: _Tree, above: dict[int, tuple[int, int]]) -> None:
        slots: dict[int, int] = {}
        shares: list[float] = []
        place, held = ~leaf, tree.leaf_weight[leaf]
        while place in above:
            node, is_left = above[place]
            slot = slots.setdefault(tree.column[node], len(slots))
            shares += [1.0] * (len(slots) - len(shares))
            shares[slot] *= held / tree.node_weight[node]
            for name, entry in (("edge_node", node), ("edge_left", is_left), ("edge_slot", slot)):
                self.columns[name].append(entry)
            place, held = node, tree.node_weight[node]
        self.columns["slot_column"] += list(slots)
        self.columns["slot_share"] += shares
        self.columns["first_edge"].append(len(self.columns["edge_node"]))
        self.columns["first_slot"].append(len(self.columns["slot_column"]))
        self.widest = max(self.widest, len(slots))

    def paths(self) -> TreePaths | None:
        """Return all of it as arrays; None where a path is of too many features."""
        if self.widest > MOST_FEATURES:
            return None
        floats = {"threshold", "value", "slot_share"}
        arrays: dict[str, Any] = {
            name: np.asarray(entries, dtype=np.float64 if name in floats else np.int64)
            for name, entries in self.columns.items()
            if name != "base_value"
        }
        return TreePaths(**arrays, base_value=self.base)


def path_contributions(paths: TreePaths, matrix: npt.NDArray[np.floating[Any]], *, threads: int = 2) -> FloatArray:
    """Return what each column adds to the scores.

    Parameters
    ----------
    paths : TreePaths
        The trees.
    matrix : ndarray, shape (n_consumers, n_columns)
        What the trees read.
    threads : int, default 2
        Threads to use; the figures do not hang on it.

    Returns
    -------
    ndarray, shape (n_consumers, n_columns)
        In the unit of the leaves [log-odds]; with `base_value` each row adds up to its score.

    Notes
    -----
    These are TreeSHAP's figures (tree-path-dependent), so the same as the booster's own to rounding. A leaf of value v
    on whose path d features lie, feature j followed by a share z_j of the fit's consumers, gives a consumer who follows
    the features A

        v (1 - z_i) Z Σ_s w_s q_s  to a feature i of A,  and  -v Z Σ_s w_s p_s  to each other one,

    with Z the product of the z_j outside of A, p the coefficients of Π (t + z_j) over A, q those of the same without i,
    and w_s = s! (d - s - 1)! / d!. Both hang on A alone.

    References
    ----------
    Lundberg et al. (2020), https://doi.org/10.1038/s42256-019-0138-9
    Yang (2021), Fast TreeSHAP, https://doi.org/10.48550/arXiv.2109.09847

    Examples
    --------
    >>> text = "Tree=0\\nsplit_feature=0\\nthreshold=0.5\\ndecision_type=10\\nleft_child=-1\\nright_child=-2\\n"
    >>> text += "leaf_value=-1 2\\nleaf_count=30 10\\ninternal_count=40\\n"
    >>> path_contributions(read_lightgbm(text), np.array([[0.0], [1.0], [np.nan]])).ravel().tolist()
    [-0.75, 2.25, -0.75]
    """
    if len(paths.value) == 0:
        return np.zeros(matrix.shape)
    starts = range(0, len(matrix), ROWS_AT_ONCE)
    weights = _weights(MOST_FEATURES + 1)

    def of_block(start: int) -> FloatArray:
        columns = np.ascontiguousarray(matrix[start : start + ROWS_AT_ONCE].T, dtype=np.float64)
        total = np.zeros(columns.shape)
        _add_up(
            columns,
            (paths.first_node, paths.column, paths.threshold, paths.rule),
            (paths.first_leaf, paths.value, paths.first_edge, paths.edge_node, paths.edge_left, paths.edge_slot),
            (paths.first_slot, paths.slot_column, paths.slot_share, weights),
            total,
        )
        return total.T

    with ThreadPoolExecutor(threads) as pool:
        return np.concatenate([np.empty((0, matrix.shape[1])), *pool.map(of_block, starts)])


def _weights(most: int) -> FloatArray:
    """Return w_s of d features in row d, (most, most): one over d times the ways to choose s of the other d - 1."""
    weights = np.zeros((most, most))
    for count in range(1, most):
        weights[count, 0] = 1 / count
        for size in range(1, count):
            weights[count, size] = weights[count, size - 1] * size / (count - size)
    return weights


@njit(cache=True, nogil=True)
def _add_up(values: Any, nodes: Any, leaves: Any, slots: Any, total: Any) -> None:  # noqa: PLR0917 compiled: no keywords
    first_node, first_leaf, value, first_slot = nodes[0], leaves[0], leaves[1], slots[0]
    rows = values.shape[1]
    goes_left = np.empty((np.max(np.diff(first_node)), rows), dtype=np.uint8)
    follows = np.empty(rows, dtype=np.uint8)
    patterns = np.empty(rows, dtype=np.int64)
    table = np.empty(MOST_BITS << MOST_BITS)
    known = np.full(1 << MOST_BITS, -1, dtype=np.int64)
    shared = np.empty(MOST_FEATURES)
    for tree in range(len(first_node) - 1):
        _ask(values, nodes, tree, goes_left)
        for leaf in range(first_leaf[tree], first_leaf[tree + 1]):
            begin, end = first_slot[leaf], first_slot[leaf + 1]
            _follow(leaves, leaf, goes_left, follows, patterns)
            columns, shares = slots[1][begin:end], slots[2][begin:end]
            count = end - begin
            if count > MOST_BITS:
                for row in range(rows):
                    _share_out(value[leaf], shares, patterns[row], slots[3][count], shared, 1, 0)
                    for slot in range(count):
                        total[columns[slot], row] += shared[slot]
                continue
            for row in range(rows):
                pattern = patterns[row]
                if known[pattern] != leaf:
                    _share_out(value[leaf], shares, pattern, slots[3][count], table, 1 << count, pattern)
                    known[pattern] = leaf
            for slot in range(count):
                column, start = columns[slot], slot << count
                for row in range(rows):
                    total[column, row] += table[start + patterns[row]]


@njit(cache=True, nogil=True)
def _ask(values: Any, nodes: Any, tree: int, goes_left: Any) -> None:
    first_node, column, threshold, rule = nodes
    begin = first_node[tree]
    for node in range(begin, first_node[tree + 1]):
        of, limit = values[column[node]], threshold[node]
        missing_left, zero_is_missing, nan_is_missing = rule[node] & 2, rule[node] & 4, rule[node] & 8
        for row in range(len(of)):
            number = of[row]
            is_nan = number != number  # noqa: PLR0124 how compiled code asks fastest
            if is_nan and not nan_is_missing:
                number = 0.0
            if (nan_is_missing and is_nan) or (zero_is_missing and -ZERO <= number <= ZERO):
                goes_left[node - begin, row] = 1 if missing_left else 0
            else:
                goes_left[node - begin, row] = 1 if number <= limit else 0


@njit(cache=True, nogil=True)
def _follow(leaves: Any, leaf: int, goes_left: Any, follows: Any, patterns: Any) -> None:  # noqa: PLR0917 compiled
    """Set bit j of a consumer's pattern where he goes the path's way at every node that asks its feature j."""
    first_edge, edge_node, edge_left, edge_slot = leaves[2], leaves[3], leaves[4], leaves[5]
    begin, end = first_edge[leaf], first_edge[leaf + 1]
    slots = 0
    for edge in range(begin, end):
        slots = max(slots, edge_slot[edge] + 1)
    patterns[:] = 0
    for slot in range(slots):
        follows[:] = 1
        for edge in range(begin, end):
            if edge_slot[edge] == slot:
                way, asked = np.uint8(edge_left[edge]), goes_left[edge_node[edge]]
                for row in range(len(patterns)):
                    follows[row] &= np.uint8(asked[row] == way)
        for row in range(len(patterns)):
            patterns[row] |= np.int64(follows[row]) << slot


@njit(cache=True, nogil=True)
def _share_out(value: float, shares: Any, pattern: int, weights: Any, into: Any, step: int, start: int) -> None:  # noqa: PLR0917 compiled
    """Write what each feature of a path gets to `into`, from `start` on in steps of `step`."""
    count = len(shares)
    followed = np.zeros(count + 1)
    followed[0] = 1.0
    size, others = 0, value
    for slot in range(count):
        if pattern >> slot & 1:
            size += 1
            for place in range(size, 0, -1):
                followed[place] = followed[place - 1] + shares[slot] * followed[place]
            followed[0] *= shares[slot]
        else:
            others *= shares[slot]
    rest = 0.0
    for place in range(min(size + 1, count)):
        rest += weights[place] * followed[place]
    for slot in range(count):
        if pattern >> slot & 1:
            without, summed = followed[size], 0.0
            for place in range(size - 1, -1, -1):
                summed += weights[place] * without
                without = followed[place] - shares[slot] * without
            into[start + slot * step] = (1.0 - shares[slot]) * others * summed
        else:
            into[start + slot * step] = -others * rest
