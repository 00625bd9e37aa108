"""RESULTS.md is what was measured, on the models that are here."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from began_lib import shipped
from began_lib.data import open_dataset
from began_lib.machine.storage import read_json
from began_lib.models import Discriminator, Generator
from began_lib.scores.features import Score
from tools.results import frame, missing, page, progress, simultaneous, sweep
from tools.results.findings import Check, Finding
from tools.results.material import above

CHECKS = (Check("a", "1", True, "so"),)


def test_the_page_is_that_of_the_measured_findings(repository):
    assert (repository / page.PAGE).read_text(encoding="utf-8") == page.text(repository)


def test_the_readme_has_the_verdicts(repository):
    text = (repository / page.README).read_text(encoding="utf-8")
    assert text == page.readme(repository), "run: python -m tools.results --page"
    assert text.count("| 4.2, figure 2 |") == 1


def test_the_check_says_what_is_out_of_date(repository, monkeypatch):
    assert page.check(repository) == []
    monkeypatch.setattr(page, "hashes", lambda part: {})
    wrong = page.check(repository)
    assert len(wrong) == len(page.MEASURES) and all("was measured on other models" in line for line in wrong)
    monkeypatch.setattr(page, "text", lambda root: "another page")
    assert page.check(repository)[-1].startswith("RESULTS.md says something else")


def test_every_part_was_measured_on_the_models_that_ship(repository):
    measured = read_json(repository / page.JSON)
    assert list(measured) == list(page.MEASURES)
    for part, values in measured.items():
        assert values["models"] == page.hashes(part), f"{part} is out of date: python -m tools.results --only {part}"


def test_the_opening_counts_by_claim_and_tells_where_a_core_fails():
    fails = (replace(CHECKS[0], holds=False),)
    common = {"paper": "p", "made_of": "m", "settle": "s"}
    findings = [
        Finding("1", "one", checks=CHECKS, **common),
        Finding("2", "one", checks=CHECKS, untestable="no", **common),
        Finding("3", "two", checks=CHECKS, **common),
        Finding("4", "three", checks=fails, untestable="no", **common),
        Finding("5", "three", checks=fails, **common),
    ]
    text = " ".join(frame.opening(findings).split())
    assert "5 rows test 3 claims of the paper's first version" in text
    assert "2 supported at smaller scale, 2 not testable at this scale, 1 contradicted." in text
    assert "1 are supported in each of their rows, 1 in some of them, 1 in none. In 1 of the rows" in text


def test_pictures_and_notebooks_exist(repository):
    targets = re.findall(r"\]\((?!https)([^)]+)\)", page.text(repository))
    assert targets and all((repository / target).exists() for target in targets)
    assert all(finding.alt for finding in page.read(repository) if finding.picture)


def test_one_part_is_measured_anew_and_the_others_stay(tmp_path, monkeypatch):
    def stub(about):
        return page.Measure(("lfw-32",), lambda folder, cifar10: Finding("F", about, "p", cifar10, CHECKS, "more."))

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
    rows = "".join(f"| F | {about} | supported at smaller scale |\n" for about in ("old", "new"))
    assert (tmp_path / page.README).read_text(encoding="utf-8") == (
        f"before\n{page.BEGIN}| Section | The paper's claim | Here |\n|---|---|---|\n{rows}{page.END}after\n"
    )
    assert "| F | new | **supported at smaller scale** |" in (tmp_path / page.PAGE).read_text(encoding="utf-8")


def test_an_unknown_part_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"unknown part 'figure-7': expected some of section-3\.1"):
        page.measure(tmp_path, ["figure-7"])


def test_balance_is_that_of_mean_losses_in_whole_windows():
    history = {"loss_real": np.array([1.0, 3.0, 2.0, 2.0, 9.0]), "loss_fake": np.array([1.0, 1.0, 3.0, 1.0, 9.0])}
    assert simultaneous.ratios(history, 2).tolist() == [0.5, 1.0]


def test_runs_that_began_elsewhere_are_no_evidence_for_learning_at_once(tmp_path):
    assert not any(shipped.load(name).config.branch for name in page.FROM_SCRATCH)
    with pytest.raises(ValueError, match=r"faces-32-gamma-0\.3 is a branch"):
        simultaneous.simultaneous(("faces-32-gamma-0.3",), tmp_path, "cifar10")


def test_above_and_higher_mean_by_more_than_both_half_intervals():
    low, high, touching = (Score("fid", v, v - 1, v + 1, 10, None, None, None, "") for v in (5.0, 7.5, 7.0))
    assert above(high, low) and not above(touching, low) and not above(low, high)
    assert sweep._higher((7.5, 1.0), (5.0, 1.0)) and not sweep._higher((7.0, 1.0), (5.0, 1.0))


def test_half_of_a_fall_is_counted_from_where_it_begins():
    assert progress._half((1000, 2000, 3000), np.array([150.0, 120.0, 50.0])) == 3000
    assert progress._half((0, 1000, 2000, 3000), np.array([316.0, 150.0, 120.0, 50.0])) == 1000


def test_the_fall_begins_with_the_g_that_the_run_began_with(monkeypatch):
    last = shipped.load("faces-32")
    torch.manual_seed(last.config.seed)
    Discriminator(last.config.architecture)  # is made first, of the same stream
    first = replace(last, generator=Generator(last.config.architecture)).generate(3, progress.CODES)
    few = open_dataset("faces", size=32, limit=120)
    monkeypatch.setattr(progress, "open_dataset", lambda *names, **options: few)
    monkeypatch.setattr(progress, "SCORED", 3)
    assert torch.equal(progress._untrained(last), first)


@pytest.mark.parametrize(
    ("m_global", "fids", "holds"),
    [((0.2, 0.1, 0.1), (50.0, 48.0), True), ((0.2, 0.1, 0.1), (50.0, 30.0), False), ((0.3, 0.2, 0.1), (), None)],
)
def test_images_rest_where_m_global_does_if_fid_changes_by_under_a_tenth(m_global, fids, holds, monkeypatch):
    left = iter(fids)
    monkeypatch.setattr(progress, "_at", lambda history, steps: np.array(m_global))
    monkeypatch.setattr(progress, "Judge", lambda *_: lambda images: {"fid": SimpleNamespace(value=next(left))})
    monkeypatch.setattr(progress, "SCORED", 1)
    monkeypatch.setattr(shipped, "snapshots", lambda name: (1000, 2000, 20_000))
    words, found = progress._rest("faces-32")
    assert found is holds and ("never stands still" in words) == (holds is None)


def test_rarer_means_under_half_even_at_the_ends_of_both_intervals():
    assert missing.rarer((0.05, 0.01), (0.2, 0.02))
    assert not missing.rarer((0.08, 0.011), (0.2, 0.02))  # 0.091 and 0.18 / 2
