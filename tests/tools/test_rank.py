"""The rank of table 1 on faces: judged by intervals, under both budgets, from what the contest measured."""

import json
from pathlib import Path

import pytest

from tools.results import page, rank

FIDS = {
    "began": 80.0,
    "began, n = 16": 60.0,
    "dfm": 40.0,
    "ali": 240.0,
    "improved-minibatch": 120.0,
    "improved-features": 150.0,
    "dcgan": 34.0,
}


@pytest.fixture
def verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The finding for some FIDs after the same images, give or take 2; after the same seconds they are as above."""
    path = tmp_path / "rivals.json"
    monkeypatch.setattr(rank, "PATH", path)

    def judge(**fids):
        def row(fid):
            return {"fid": [fid, fid - 2, fid + 2], "images_seen": 1000, "seconds": 900.0}

        runs = {
            f"{name}, seed 0": {
                "name": name,
                "marks": {"images": row(fids.get(name.replace("-", "_"), fid)), "seconds": row(fid)},
            }
            for name, fid in FIDS.items()
        }
        path.write_text(json.dumps({"protocol": {"samples": 5, "network": "some"}, "runs": runs}))
        return rank.rank(tmp_path)

    return judge


def test_the_claim_is_supported_in_direction_at_most_where_began_is_second(verdict):
    found = verdict()
    assert found.verdict == "supported in direction" and all(check.holds for check in found.checks)
    assert "after 1,000 images: began 80, dfm 40" in found.checks[1].found and "1 seed;" in found.made_of
    dcgan, narrow = found.further
    assert not dcgan.holds, "DCGAN, which the table leaves out, is better"
    assert narrow.holds and narrow.found.startswith("after 900 seconds: began, n = 16 60, ali 240"), narrow.found


def test_a_narrower_began_turns_no_verdict(verdict, monkeypatch):
    monkeypatch.setitem(FIDS, "began, n = 16", 118.0)  # its interval touches that of 120
    found = verdict()
    assert found.verdict == "supported in direction" and not found.further[1].holds


def test_one_rival_as_good_leaves_it_open_and_one_that_is_better_contradicts_it(verdict, monkeypatch):
    open_one = verdict(ali=83.0)  # intervals that touch are no rank
    assert open_one.verdict == "not testable at this scale" and not open_one.checks[0].holds
    undecided = "No clear rank: after 1,000 images undecided, intervals overlap; after 900 seconds"
    assert open_one.untestable == f"{undecided} yes."
    monkeypatch.setitem(FIDS, "ali", 82.0)
    assert verdict().untestable == f"{undecided} undecided, intervals overlap."
    monkeypatch.setitem(FIDS, "improved-features", 60.0)
    assert verdict().verdict == "contradicted"
    assert verdict(ali=240.0, improved_features=150.0).untestable == (
        "The two budgets disagree: after 1,000 images yes; after 900 seconds no."
    )
    assert verdict(improved_features=81.0).untestable == f"{undecided} no."


def test_each_system_needs_a_seed_and_their_number_is_said(verdict, tmp_path):
    verdict()
    path = tmp_path / "rivals.json"
    found = json.loads(path.read_text())
    found["runs"]["ali, seed 1"] = {**found["runs"]["ali, seed 0"], "seed": 1}
    path.write_text(json.dumps(found))
    assert "; 1 to 2 seeds;" in rank.rank(tmp_path).made_of
    for name in ("dcgan", "began"):
        del found["runs"][f"{name}, seed 0"]
        path.write_text(json.dumps(found))
        with pytest.raises(ValueError, match=rf"has no run of .*{name}.*: python -m tools\.rivals --only {name}"):
            rank.rank(tmp_path)


def test_a_dfm_that_is_not_better_leaves_the_core(verdict):
    found = verdict(dfm=90.0)
    assert [check.holds for check in found.checks] == [True, False]


def test_the_page_holds_it_against_the_contest_that_ships():
    assert list(page.hashes("table-1-rank")) == ["rivals.json"]
