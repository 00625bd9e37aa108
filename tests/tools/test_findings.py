"""Verdicts follow from checks by one rule, and the page says what the findings say."""

from dataclasses import replace

import pytest

from tools.results.findings import VERDICTS, Check, Finding, overview, section

HOLDS, FAILS = Check("a", "1", True, "so"), Check("b", "2", False, "thus")
FINDING = Finding("4.9, figure 9", "it works", "says it.", "a model", (HOLDS,), "more runs.", notebook="09_unbalanced")


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"smaller": False}, "supported"),
        ({"checks": (HOLDS, HOLDS)}, "supported at smaller scale"),
        ({"checks": (HOLDS, FAILS)}, "supported in direction"),
        ({"checks": (FAILS, HOLDS)}, "contradicted"),
        ({"untestable": "No rival ran.", "checks": (FAILS,)}, "not testable at this scale"),
        ({"further": (FAILS,)}, "supported at smaller scale"),
        ({"reservation": "One seed."}, "supported in direction"),
    ],
)
def test_a_verdict_follows_from_the_checks(changes, verdict):
    assert replace(FINDING, **changes).verdict == verdict
    assert verdict in VERDICTS


def test_a_verdict_needs_a_check():
    with pytest.raises(ValueError, match=r"4\.9, figure 9 has no checks"):
        replace(FINDING, checks=()).verdict  # noqa: B018


def test_there_and_back_through_json():
    finding = replace(FINDING, further=(FAILS,))
    assert Finding.from_json(finding.as_json()) == finding


def test_the_overview_has_a_line_for_each():
    lines = overview([FINDING, replace(FINDING, part="Table 7", checks=(FAILS,))])
    assert (
        "| 4.9, figure 9 | it works | **supported at smaller scale** | [09](notebooks/09_unbalanced.ipynb) |" in lines
    )
    assert lines[-1].startswith("| Table 7 | it works | **contradicted** |")


def test_a_section_parts_evidence_for_and_against():
    finding = replace(FINDING, checks=(HOLDS, FAILS), further=(FAILS,), picture="docs/a.jpg", alt="a grid")
    text = "\n".join(section(finding))
    assert "![a grid](docs/a.jpg)\n\n*a grid.*" in text
    assert "**Supported in direction.** What would settle it: more runs." in text
    rest, further = text.split("| Evidence for |")[1].split("| Beyond the claim")
    for_it, against = rest.split("| Evidence against |")
    assert "| **Core:** a | 1 | so |" in for_it and "| b | 2 | thus |" in against and "| b: no | 2 | thus |" in further
