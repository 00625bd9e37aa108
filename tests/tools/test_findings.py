"""Verdicts follow from checks, and the page says what the findings say."""

from dataclasses import replace

import pytest

from tools.results.findings import Check, Finding, page

HOLDS, FAILS = Check("a", "1", True), Check("b", "2", False)
FINDING = Finding("Figure 9", "it works", "shows it.", "a model", (HOLDS,), notebook="09_unbalanced")


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [((HOLDS, HOLDS), "reproduced"), ((HOLDS, FAILS), "partly"), ((FAILS, FAILS), "not reproduced")],
)
def test_a_verdict_follows_from_the_checks(checks, verdict):
    assert replace(FINDING, checks=checks).verdict == verdict


def test_a_verdict_needs_a_check():
    with pytest.raises(ValueError, match="Figure 9 has no checks"):
        replace(FINDING, checks=()).verdict  # noqa: B018


def test_there_and_back_through_json():
    assert Finding.from_json(FINDING.as_json()) == FINDING


def test_the_page_has_an_overview_and_a_section_each():
    other = replace(
        FINDING, part="Table 7", checks=(HOLDS, FAILS), picture="docs/a.jpg", alt="a grid", differs="Small."
    )
    text = page([FINDING, other], "What this is.")
    assert "| Figure 9 | it works | 1 of 1 | **reproduced** | [09_unbalanced](notebooks/09_unbalanced.ipynb) |" in text
    assert "| Table 7 | it works | 1 of 2 | **partly** |" in text
    assert "## Table 7: it works" in text and "![a grid](docs/a.jpg)" in text
    assert "| b | 2 | no |" in text and "**Partly.** Small." in text
    assert text.count("![") == 1 and text.endswith("\n")
