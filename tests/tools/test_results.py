"""RESULTS.md is what was measured, on the models that are here."""

import re

import pytest

from began_lib import shipped
from began_lib.machine.storage import read_json
from tools.results import page
from tools.results.findings import Check, Finding

FINDING = Finding("Figure 9", "it works", "shows it.", "a model", (Check("a", "1", True),))


def test_the_page_is_that_of_the_measured_findings(repository):
    assert (repository / page.PAGE).read_text(encoding="utf-8") == page.text(repository)


def test_the_readme_has_the_verdicts(repository):
    text = (repository / page.README).read_text(encoding="utf-8")
    assert text == page.readme(repository), "run: python -m tools.results --page"
    assert text.count("| Figure 2 (lfw, 64x64) |") == 1


def test_every_part_was_measured_on_the_models_that_ship(repository):
    measured = read_json(repository / page.JSON)
    assert list(measured) == list(page.MEASURES)
    for part, values in measured.items():
        assert values["models"] == page.hashes(part), f"{part} is out of date: python -m tools.results --only {part}"


def test_pictures_and_notebooks_exist(repository):
    targets = re.findall(r"\]\(([^)]+)\)", page.text(repository))
    assert targets and all((repository / target).exists() for target in targets)
    assert all(finding.alt for finding in page.read(repository) if finding.picture)


def test_one_part_is_measured_anew_and_the_others_stay(tmp_path, monkeypatch):
    def stub(about):
        return page.Measure(("lfw-32",), lambda folder, cifar10: Finding("F", about, "p", cifar10, FINDING.checks))

    monkeypatch.setattr(page, "MEASURES", {"a": stub("old"), "b": stub("old")})
    page.measure(tmp_path)
    monkeypatch.setattr(page, "MEASURES", {"a": stub("new"), "b": stub("new")})
    page.measure(tmp_path, ["b"], cifar10="somewhere")
    first, second = page.read(tmp_path)
    assert (first.about, second.about) == ("old", "new")
    assert (first.made_of, second.made_of) == ("cifar10", "somewhere")
    models, card = read_json(tmp_path / page.JSON)["a"]["models"], shipped.read_card("lfw-32")
    assert models["lfw-32"] == card["sha256"] and models["lfw-32@3000"] == card["snapshots"]["3000"]
    (tmp_path / page.README).write_text(f"before\n{page.BEGIN}old\n{page.END}after\n")
    page.write(tmp_path)
    assert (tmp_path / page.README).read_text(encoding="utf-8") == (
        f"before\n{page.BEGIN}| Paper | Claim | Here |\n|---|---|---|\n| F | old | reproduced |\n"
        f"| F | new | reproduced |\n{page.END}after\n"
    )
    assert "| F | new | 1 of 1 | **reproduced** |" in (tmp_path / page.PAGE).read_text(encoding="utf-8")


def test_an_unknown_part_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"unknown part 'figure-7': expected some of section-3\.1"):
        page.measure(tmp_path, ["figure-7"])
