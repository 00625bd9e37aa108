"""What came out, claim by claim: `RESULTS.md` is these findings and nothing else.

A finding's verdict follows from named checks, each a number held against a bound that is written down beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Check", "Finding", "page"]


@dataclass(frozen=True)
class Check:
    """One thing a claim needs to hold, and whether it did in our runs."""

    needs: str  # in words, with the bound
    found: str  # the numbers
    holds: bool


@dataclass(frozen=True)
class Finding:
    """One figure, table or claim of the paper beside what we got."""

    part: str  # where in the paper: "Figure 3"
    about: str  # a few words: "diversity follows gamma"
    paper: str  # what the paper shows or says, one sentence
    made_of: str  # data, size, filters, steps
    checks: tuple[Check, ...]
    differs: str = ""  # what else differs from the paper's experiment
    picture: str = ""  # path from the repository's root
    alt: str = ""  # what is to be seen on it
    notebook: str = ""  # stem of the notebook that goes into it

    @property
    def verdict(self) -> str:
        """`reproduced` if every check holds, `not reproduced` if none does, else `partly`."""
        held = sum(check.holds for check in self.checks)
        if not self.checks:
            raise ValueError(f"{self.part} has no checks: a verdict needs at least one.")
        return "reproduced" if held == len(self.checks) else "partly" if held else "not reproduced"

    def as_json(self) -> dict[str, Any]:
        """Plain values for :meth:`from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Finding:
        """What :meth:`as_json` gave."""
        return cls(**{**values, "checks": tuple(Check(**check) for check in values["checks"])})


def _overview(findings: Sequence[Finding]) -> list[str]:
    lines = ["| Paper | Claim | Checks that held | Verdict | Notebook |", "|---|---|---|---|---|"]
    for finding in findings:
        link = f"[{finding.notebook}](notebooks/{finding.notebook}.ipynb)" if finding.notebook else ""
        held = sum(check.holds for check in finding.checks)
        cells = (finding.part, finding.about, f"{held} of {len(finding.checks)}", f"**{finding.verdict}**", link)
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _section(finding: Finding) -> list[str]:
    lines = [f"## {finding.part}: {finding.about}", "", f"*The paper:* {finding.paper}", ""]
    lines += [f"*Ours:* {finding.made_of}", ""]
    if finding.picture:
        lines += [f"![{finding.alt}]({finding.picture})", ""]
    lines += ["| A claim like this needs | Found | Holds |", "|---|---|---|"]
    lines += [f"| {check.needs} | {check.found} | {'yes' if check.holds else 'no'} |" for check in finding.checks]
    lines += ["", f"**{finding.verdict.capitalize()}.**" + (f" {finding.differs}" if finding.differs else "")]
    return [*lines, ""]


def page(findings: Sequence[Finding], introduction: str) -> str:
    """All findings as one Markdown page: an overview, then a section each."""
    lines = ["# Results", "", introduction, "", *_overview(findings), ""]
    for finding in findings:
        lines += _section(finding)
    return "\n".join(lines).rstrip() + "\n"
