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
def one_behind(work: Callable[P, object]) -> Generator[Callable[P, None]]:
    """Give what does the same work in another thread: a call waits for the one before, and the end for the last.

    What failed is raised by the next call, or at the end.
    """
    with ThreadPoolExecutor(1) as beside:
        pending: list[Future[object]] = []

        def wait() -> None:
            if pending:
                pending.pop().result()

        def submit(*args: P.args, **kwargs: P.kwargs) -> None:
            wait()
            pending.append(beside.submit(work, *args, **kwargs))

        yield submit
        wait()


def ahead(work: Callable[[Item], Made], items: Iterable[Item], *, workers: int) -> Iterator[Made]:
    """Give what work makes of every item, in order, while as many threads as `workers` are at the next ones."""
    with ThreadPoolExecutor(workers) as beside:
        waiting: deque[Future[Made]] = deque()
        for item in items:
            waiting.append(beside.submit(work, item))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
