"""Looking at data in a real browser: plots are drawn, follow filters and theme, and are taken away as PNG and CSV."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from powertheft.bootstrap import Container
from tests.browser.conftest import LAPTOP, PASSWORD, PHONE, Served, free_port, open_context, start, stop
from tests.browser.test_shell import findings

PLACE = "/explore/simulated-utility/1"
LOOKS = ("use", "missing", "balance", "feature", "pair", "together", "map")
PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A house with a made-up utility, and the pages on it."""
    from powertheft.actions.simulate_data import simulate_dataset

    home, port = tmp_path_factory.mktemp("explored") / "home", free_port()
    with Container().open_house(home) as house:
        simulate_dataset(house, consumers=1500, seed=5)
    process, said = start(home, port)
    link = next(word for word in said.split() if "/join/" in word)
    yield Served(f"http://127.0.0.1:{port}", link)
    stop(process)


@pytest.fixture(scope="module")
def state(browser: Browser, looked_at: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = tmp_path_factory.mktemp("browser") / "state.json"
    context = open_context(browser, looked_at)
    page = context.new_page()
    page.goto(looked_at.first_link, timeout=60_000)
    page.get_by_label("Your name").fill("Ana Rao")
    page.get_by_label("Sign-in name").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.wait_for_url("**/")
    context.storage_state(path=kept)
    context.close()
    return kept


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser, looked_at: Served, state: Path) -> Iterator[Page]:
    """A page in either theme; whatever the console says, a breach of the policy first of all, fails the test."""
    context = open_context(
        browser,
        looked_at,
        storage_state=state,
        color_scheme=request.param,
        viewport={"width": LAPTOP[0], "height": LAPTOP[1]},
        accept_downloads=True,
    )
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    opened.on("pageerror", lambda error: said.append(str(error)))
    yield opened
    context.close()
    assert said == []


def all_drawn(page: Page) -> int:
    """Scroll to every plot that is shown, and wait until it is drawn."""
    plots = page.locator("[data-plot]:visible")
    for place in range(plots.count()):
        plots.nth(place).scroll_into_view_if_needed()
        expect(plots.nth(place).locator(".main-svg").first).to_be_visible()
    return plots.count()


@pytest.mark.parametrize("look", LOOKS)
def test_every_look_is_drawn_without_a_word_on_the_console_and_axe_finds_nothing_serious(page: Page, look: str):
    page.goto(f"{PLACE}/{look}")
    if look == "map":
        expect(page.locator(".map canvas")).to_be_visible()
        expect(page.locator(".explore-map figcaption")).to_contain_text("connections at")
        page.get_by_text("As a picture").click()
    assert all_drawn(page) >= 1
    assert page.locator(".plot figcaption").first.inner_text().endswith(".")
    assert findings(page) == []


def test_a_plot_is_in_the_colours_of_the_theme(page: Page):
    page.goto(f"{PLACE}/balance")
    all_drawn(page)
    wanted = page.evaluate(
        "() => { const one = document.createElement('i'); one.style.color = 'var(--series-1)';"
        " document.body.append(one); return getComputedStyle(one).color; }"
    )
    assert page.locator("#plot-loss .js-line").first.evaluate("line => line.style.stroke") == wanted


def test_filters_draw_anew_and_stay_in_the_address(page: Page):
    page.goto(f"{PLACE}/use")
    all_drawn(page)
    expect(page.locator("#plot-by-month .legendtext").first).to_be_visible()
    assert page.locator("#plot-by-month .legendtext").count() > 2
    page.get_by_label("Category", exact=True).select_option("DOMESTIC")
    page.wait_for_url("**category=DOMESTIC**")
    all_drawn(page)
    expect(page.locator("#plot-by-month .legendtext")).to_have_count(2)


def test_the_figures_are_a_table_and_a_file(page: Page):
    page.goto(f"{PLACE}/balance")
    all_drawn(page)
    plot = page.locator(".plot").first
    plot.get_by_text("Show as a table").click()
    expect(plot.locator("tbody tr").first).to_be_visible()
    rows = plot.locator("tbody tr").count()
    assert rows > 5
    with page.expect_download() as taken:
        plot.get_by_role("button", name="Figures").click()
    text = Path(taken.value.path()).read_text("utf-8-sig")
    listed = list(csv.DictReader(io.StringIO(text)))
    assert len(listed) == rows
    assert {"month", "supplied", "unexplained"} <= set(listed[0])
    assert taken.value.suggested_filename.endswith(".csv")


def test_the_picture_is_a_png_of_the_whole_plot(page: Page):
    page.goto(f"{PLACE}/balance")
    all_drawn(page)
    with page.expect_download() as taken:
        page.locator(".plot").first.get_by_role("button", name="Picture").click()
    assert Path(taken.value.path()).read_bytes().startswith(PNG)
    assert taken.value.suggested_filename.startswith("how-much-energy-is-unaccounted")


def test_one_connection_is_found_and_drawn(page: Page):
    page.goto(f"{PLACE}/connection")
    expect(page.get_by_role("heading", name="Which connection?")).to_be_visible()
    page.get_by_label("Connection (pseudonym)").fill("nobody")
    expect(page.get_by_text("No such connection")).to_be_visible()


def test_a_plot_fits_a_phone_and_a_plot_that_fails_can_be_tried_again(browser: Browser, looked_at: Served, state: Path):
    context = open_context(
        browser, looked_at, storage_state=state, viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True
    )
    page = context.new_page()
    page.route("**/plots/missing.json", lambda route: route.abort())
    page.goto(f"{PLACE}/missing")
    expect(page.get_by_text("The plot could not be drawn.")).to_be_visible()
    page.unroute("**/plots/missing.json")
    page.get_by_role("button", name="Try again").tap()
    assert all_drawn(page) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    context.close()
