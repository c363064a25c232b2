"""Work done beside other work. Rule of the room: standard library only."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
Item = TypeVar("Item")
Made = TypeVar("Made")


@contextmanager
def beside(work: Callable[P, object], *, waiting: int = 1) -> Generator[Callable[P, None]]:
    """Give what does the same work in another thread, call after call; no more than so many calls are waiting.

    What failed is raised by a later call, or at the end.
    """
    with ThreadPoolExecutor(1) as worker:
        pending: deque[Future[object]] = deque()

        def submit(*args: P.args, **kwargs: P.kwargs) -> None:
            while len(pending) >= waiting or (pending and pending[0].done()):
                pending.popleft().result()
            pending.append(worker.submit(work, *args, **kwargs))

        try:
            yield submit
            while pending:
                pending.popleft().result()
        finally:
            worker.shutdown(cancel_futures=True)


def ahead(work: Callable[[Item], Made], items: Iterable[Item], *, workers: int) -> Iterator[Made]:
    """Give what work makes of every item, in order, while as many threads as `workers` are at the next ones."""
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Made]] = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
