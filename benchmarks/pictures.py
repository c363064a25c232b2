"""Draw the pictures of the documents again: `make figures` runs the demo, keeps its card, and looks at its pages."""

import shutil
import tempfile
from pathlib import Path

from benchmarks.page_pictures import IMAGES, make_demo, take_pictures
from powertheft.actions.run_demo import PLACES


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        demo = make_demo(Path(place) / "demo")
        IMAGES.mkdir(parents=True, exist_ok=True)
        card = shutil.copyfile(demo / PLACES["picture"], IMAGES / "demo.png")
        print(card)
        take_pictures(demo)


if __name__ == "__main__":
    main()
