"""APP and APP:agent: what can be named, and what is said of what cannot."""

import re
import sys
from pathlib import Path

import pytest

from stratum.cli.errors import BadTarget
from stratum.cli.target import load_agent, load_app

pytestmark = pytest.mark.usefixtures("folder")

APP = "from stratum import App, Run\napp = App('two')\n"


def write(name: str, text: str) -> None:
    Path(f"{name}.py").write_text(text)


@pytest.mark.parametrize("given", ["acme", "acme:app"])
def test_an_app_is_named_by_its_module_or_by_its_attribute(given: str) -> None:
    assert load_app(given).name == "acme"


@pytest.mark.parametrize(("given", "name"), [("acme:greet", None), ("acme:app:greet", None), ("acme", "greet")])
def test_an_agent_is_named_by_its_function_or_through_its_app(given: str, name: str | None) -> None:
    app, agent = load_agent(given, name)
    assert (app.name, agent.name) == ("acme", "greet")


def test_the_only_agent_of_an_app_needs_no_name() -> None:
    write("two", f"{APP}@app.agent()\nasync def only(run: Run) -> None: ...\n")
    assert load_agent("two")[1].name == "only"


def test_modules_are_found_in_the_current_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place != str(folder)])
    assert load_app("acme").name == "acme"
    assert sys.path[0] == str(folder)


def test_modules_are_found_in_packages(folder: Path) -> None:
    (folder / "pack").mkdir()
    (folder / "pack" / "__init__.py").write_text("'''Nothing.'''\n")
    (folder / "acme.py").rename(folder / "pack" / "jobs.py")
    assert load_app("pack.jobs").name == "acme"


def test_what_a_module_prints_is_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    write("loud", "print('noise')\nfrom acme import app\n")
    load_app("loud")
    out, err = capsys.readouterr()
    assert (out, err) == ("", "noise\n")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "names no app"),
        (":app", "names no app"),
        ("a:b:c:d", "names no app"),
        ("acme.py", "'acme.py' is a file; give its module's name instead: acme."),
        ("./jobs/acme.py:app", "give its module's name instead: jobs.acme."),
        ("acmee", "There is no module 'acmee' ... Did you mean acme?"),
        ("other", "There is no module 'other' ... Modules here: acme"),
        ("acme.inner", "There is no module 'acme.inner'"),
        ("acme:ap", "The module 'acme' has no 'ap'. It has acme:app, acme:greet"),
        ("acme:hello", "acme:hello is neither an App nor an agent; it is of type function. Register it"),
        ("acme:ONCE", "it is of type Retry."),
        ("acme:greet", "acme:greet is an agent, and a worker takes all agents of an app. Give its app: acme."),
        ("acme:ONCE:greet", "acme:ONCE is of type Retry; only an App has agents such as 'greet'."),
        ("acme:app:gret", "The app 'acme' has no agent 'gret'. Did you mean greet?"),
    ],
)
def test_what_is_no_app_is_answered_with_what_would_do(given: str, said: str) -> None:
    with pytest.raises(BadTarget) as caught:
        load_app(given)
    assert all(part in caught.value.message for part in said.split(" ... "))


def test_an_app_among_several_must_be_named() -> None:
    write("two", f"{APP}other = App('three')\n")
    with pytest.raises(BadTarget, match=re.escape("several Apps. Say which: two:app, two:other")):
        load_app("two")


def test_one_app_under_two_names_is_one_app() -> None:
    write("two", "from acme import app\nsame = app\n")
    assert load_app("two").name == "acme"


def test_a_module_without_an_app_is_told_how_to_make_one() -> None:
    write("two", "x = 1\n")
    with pytest.raises(BadTarget, match=re.escape("'two' has no App. Make one in it: app = App")):
        load_app("two")


def test_an_app_without_agents_is_told_how_to_register_one() -> None:
    write("two", APP)
    with pytest.raises(BadTarget, match=re.escape("The app 'two' has no agents yet")):
        load_app("two")


def test_an_agent_whose_app_is_elsewhere_is_named_with_it() -> None:
    write("two", "from acme import greet\n")
    with pytest.raises(
        BadTarget, match=re.escape("has the agent 'greet' but not its App. Name both: module:app:greet")
    ):
        load_agent("two:greet")


def test_an_agent_among_several_must_be_named() -> None:
    with pytest.raises(
        BadTarget, match=re.escape("names the app 'acme', not an agent. Say which with --agent: ask, broken")
    ):
        load_agent("acme")
