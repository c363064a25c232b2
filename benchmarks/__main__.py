"""Run the benchmarks: `python -m benchmarks [SUBJECT ...] [OPTIONS]`; a subject reads its own options."""

import sys
from importlib import import_module
from itertools import takewhile

SUBJECTS: dict[str, str] = {
    "headers": "benchmarks.headers",
    "simulation": "benchmarks.simulation",
    "features": "benchmarks.features",
    "models": "benchmarks.models",
    "explaining": "benchmarks.explaining",
    "detection": "benchmarks.detection",
    "intervals": "benchmarks.intervals",
    "importing": "benchmarks.importing",
    "pages": "benchmarks.pages",
    "load": "benchmarks.load",
    "exploring": "benchmarks.exploring",
    "drift": "benchmarks.drift",
    "recency": "benchmarks.recency",
}


def main(asked: list[str]) -> None:
    subjects = list(takewhile(lambda word: not word.startswith("--"), asked))
    for subject in subjects or list(SUBJECTS):
        if subject not in SUBJECTS:
            sys.exit(f"there is no benchmark {subject!r}; choose among: {', '.join(SUBJECTS)}")
        print(f"== {subject}", flush=True)
        import_module(SUBJECTS[subject]).main()


if __name__ == "__main__":
    main(sys.argv[1:])
