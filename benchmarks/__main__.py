"""Run the benchmarks: `python -m benchmarks [SUBJECT ...]`."""

import sys
from importlib import import_module

SUBJECTS: dict[str, str] = {
    "headers": "benchmarks.headers",
    "simulation": "benchmarks.simulation",
    "features": "benchmarks.features",
    "models": "benchmarks.models",
    "explaining": "benchmarks.explaining",
    "detection": "benchmarks.detection",
    "intervals": "benchmarks.intervals",
    "importing": "benchmarks.importing",
}


def main(asked: list[str]) -> None:
    for subject in asked or list(SUBJECTS):
        if subject not in SUBJECTS:
            sys.exit(f"there is no benchmark {subject!r}; choose among: {', '.join(SUBJECTS)}")
        print(f"== {subject}", flush=True)
        import_module(SUBJECTS[subject]).main()


if __name__ == "__main__":
    main(sys.argv[1:])
