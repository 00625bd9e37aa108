"""RESULTS.md is what was measured, on the models that are here."""

import re

import pytest

from began_lib import results, shipped
from began_lib.findings import Check, Finding
from began_lib.storage import read_json, write_json

FINDING = Finding("Figure 9", "it works", "shows it.", "a model", (Check("a", "1", True),))


def test_the_page_is_that_of_the_measured_findings(repository):
    assert (repository / results.PAGE).read_text(encoding="utf-8") == results.text(repository)


def test_every_part_was_measured_on_the_models_that_ship(repository):
    measured = read_json(repository / results.JSON)
    assert list(measured) == list(results.MEASURES)
    for part, values in measured.items():
        assert values["models"] == results.hashes(part), (
            f"{part} is out of date: python -m began_lib results --only {part}"
        )


def test_pictures_and_notebooks_exist(repository):
    targets = re.findall(r"\]\(([^)]+)\)", results.text(repository))
    assert targets and all((repository / target).exists() for target in targets)
    assert all(finding.alt for finding in results.read(repository) if finding.picture)


def test_one_part_is_measured_anew_and_the_others_stay(tmp_path, monkeypatch):
    def stub(about):
        return results.Measure(("lfw-32",), lambda folder, cifar10: Finding("F", about, "p", cifar10, FINDING.checks))

    monkeypatch.setattr(results, "MEASURES", {"a": stub("old"), "b": stub("old")})
    results.measure(tmp_path)
    monkeypatch.setattr(results, "MEASURES", {"a": stub("new"), "b": stub("new")})
    results.measure(tmp_path, ["b"], cifar10="somewhere")
    first, second = results.read(tmp_path)
    assert (first.about, second.about) == ("old", "new")
    assert (first.made_of, second.made_of) == ("cifar10", "somewhere")
    models, card = read_json(tmp_path / results.JSON)["a"]["models"], shipped.read_card("lfw-32")
    assert models["lfw-32"] == card["sha256"] and models["lfw-32@3000"] == card["snapshots"]["3000"]
    results.write(tmp_path)
    assert "| F | new | 1 of 1 | **reproduced** |" in (tmp_path / results.PAGE).read_text(encoding="utf-8")


def test_an_unknown_part_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"unknown part 'figure-7': expected some of section-3\.1"):
        results.measure(tmp_path, ["figure-7"])


def test_the_page_has_the_recipe_or_says_that_it_was_not_measured(tmp_path):
    write_json(tmp_path / results.JSON, {})
    assert "Not measured for this version." in results.text(tmp_path)
    figures = ("held_out_loss", "m_global", "k", "diversity", "distance", "face_rate", "last_rate")
    write_json(tmp_path / results.RECIPE, {"rate 1e-4": {"config": {}, "found": dict.fromkeys(figures, 0.125)}})
    text = results.text(tmp_path)
    assert "| rate 1e-4 | 0.1250 | 0.125 |" in text and "Not measured" not in text
