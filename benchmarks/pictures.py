"""Draw the README's picture again: `make figures` runs the demo and keeps its card."""

import shutil
import tempfile
from pathlib import Path

from powertheft.actions.run_demo import run_demo

PLACE = Path(__file__).resolve().parents[1] / "docs" / "images" / "demo.png"


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        made = run_demo(Path(home) / "demo", consumers=20_000)
        PLACE.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made.places["picture"], PLACE)
    print(PLACE)


if __name__ == "__main__":
    main()
