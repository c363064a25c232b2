"""The order of a list without labels. Rule of the room: imports domain and features only."""

import numpy as np

from powertheft.rules.anomaly import among_others


def order_of(*, points: np.ndarray, anomaly: np.ndarray, consumer_id: np.ndarray) -> np.ndarray:
    """Return the rows in the order in which they should be visited.

    Parameters
    ----------
    points : ndarray, shape (n_consumers,)
        Weights of the rules that fire, added up.
    anomaly : ndarray, shape (n_consumers,)
        How unusual each is, 0 to 1.
    consumer_id : ndarray of str, shape (n_consumers,)
        Numbers of the connections, which break ties, in the order of their text.

    Returns
    -------
    ndarray of int, shape (n_consumers,)
        Row numbers, the first to be visited first.

    Notes
    -----
    By the share of the others with fewer points (ties counted half) plus the anomaly, which is such a share by itself:
    without labels nothing says which of the two knows more, so each counts the same. Then by points. Neither is a
    probability.

    Examples
    --------
    >>> points, anomaly = np.array([0.0, 2.0, 2.0]), np.array([1.0, 0.0, 0.5])
    >>> order_of(points=points, anomaly=anomaly, consumer_id=np.array(["a", "b", "c"])).tolist()
    [2, 0, 1]
    """
    together = among_others(points) + anomaly
    return np.lexsort((consumer_id.astype(np.str_), -points, -together))
