"""Files in an object store (s3), copied into scratch; the only place of fsspec. Rule of the room: rename nothing."""

import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

from powertheft.sources.limits import MOST_MEMBERS
from powertheft.sources.opened import Found
from powertheft.sources.unpacking import Bound, copy_bounded


def fetch(found: Found, address: str, endings: Iterable[str]) -> list[Found]:
    """Return the file at `s3://bucket/key`, or all below `s3://bucket/prefix/` that are read here, copied."""
    place = address.removeprefix("s3://")
    with _refusing(found):
        store = _store()
        keys = [place] if not place.endswith("/") and store.isfile(place) else _below(store, place, tuple(endings))
        if not keys:
            raise found.refusal("there is no file that can be read", "Check the bucket and the path for a slip.")
        if len(keys) > MOST_MEMBERS:
            raise found.refusal(f"holds more than {MOST_MEMBERS:,} files", "Name a path further down.")
        return [_copied(found, store, key) for key in sorted(keys)]


def _store() -> Any:
    # Late: it brings an event loop and half a cloud, which only buckets need.
    import s3fs

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None
    return s3fs.S3FileSystem(endpoint_url=endpoint, skip_instance_cache=True, use_listings_cache=False, anon=False)


def _below(store: Any, place: str, endings: tuple[str, ...]) -> list[str]:
    return [key for key in store.find(place.rstrip("/") + "/") if key.casefold().endswith(endings)]


def _copied(found: Found, store: Any, key: str) -> Found:
    name = key.rsplit("/", 1)[-1]
    target = found.scratch.new("." + name.rsplit(".", 1)[-1])
    with store.open(key, "rb") as source:
        copy_bounded(source, target, bound=Bound(found, int(store.info(key)["size"])), found=found)
    copied = found.at(target, name)
    return Found(copied.path, f"s3://{key}", name, found.scratch, found.sheet, found.strict, found.parameters)


@contextmanager
def _refusing(found: Found) -> Generator[None, None, None]:
    # Late, as above.
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except FileNotFoundError as error:
        raise found.refusal("no such file or folder", "Check the bucket and the path for a slip.") from error
    except PermissionError as error:
        raise found.refusal("may not be read by you", "Ask for the right to read it.") from error
    except (BotoCoreError, ClientError, OSError) as error:
        advice = "Check AWS_ENDPOINT_URL, the access key and the network."
        raise found.refusal("cannot be reached", advice) from error
