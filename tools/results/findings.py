"""What came out, claim by claim: `RESULTS.md` is these findings and nothing else.

A verdict follows from checks by one rule, and a check is a number held against a bound that stands beside it with its
reason. What we add beyond the paper's claim stands apart as further findings, and turns no verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["VERDICTS", "Check", "Finding", "overview", "section"]

# From best to worst; which one a finding gets is written at `Finding.verdict`.
VERDICTS = (
    "supported",
    "supported at smaller scale",
    "supported in direction",
    "not testable at this scale",
    "contradicted",
)


@dataclass(frozen=True)
class Check:
    """One thing a claim needs to hold, and whether it did in our runs."""

    needs: str  # in words, with the bound
    found: str  # the numbers
    holds: bool
    reason: str  # why this bound and no other


@dataclass(frozen=True)
class Finding:
    """One claim of the paper beside what we got."""

    part: str  # where in the paper: "4.2, figure 3"
    about: str  # a few words: "diversity follows γ"
    paper: str  # what the paper says, one sentence
    made_of: str  # data, size, filters, steps, seeds
    checks: tuple[Check, ...]  # of the claim, its core first
    settle: str  # what would settle it
    further: tuple[Check, ...] = ()  # beyond the claim
    smaller: bool = True  # than the paper's experiment
    untestable: str = ""  # why no run of ours can test it, if so
    reservation: str = ""  # what is missing for more than a direction, whatever the checks say
    moved: str = ""  # which check was changed after the runs were seen, and what came of it
    remark: str = ""  # what belongs beside the verdict and does not turn it
    picture: str = ""  # path from the repository's root
    alt: str = ""  # what is to be seen on it
    notebook: str = ""  # stem of the notebook that goes into it

    @property
    def told(self) -> str:
        """The verdict as the tables have it."""
        return f"{self.verdict}, a check set afterwards" if self.moved else self.verdict

    @property
    def verdict(self) -> str:
        """One of VERDICTS, by one rule.

        Not testable where it says why. Else contradicted if the core, the first check, does not hold; supported in
        direction if not all of the rest hold, or there is a reservation; else supported, or so at smaller scale.
        """
        if self.untestable:
            return "not testable at this scale"
        if not self.checks:
            raise ValueError(f"{self.part} has no checks: a verdict needs at least one.")
        if not self.checks[0].holds:
            return "contradicted"
        if self.reservation or not all(check.holds for check in self.checks):
            return "supported in direction"
        return "supported at smaller scale" if self.smaller else "supported"

    def as_json(self) -> dict[str, Any]:
        """Plain values for :meth:`from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Finding:
        """What :meth:`as_json` gave."""
        made = {key: tuple(Check(**check) for check in values[key]) for key in ("checks", "further")}
        return cls(**{**values, **made})


def overview(findings: Sequence[Finding]) -> list[str]:
    """A table, a line for each claim."""
    lines = ["| Section | The paper's claim | Verdict | Notebook |", "|---|---|---|---|"]
    for finding in findings:
        link = f"[{finding.notebook[:2]}](notebooks/{finding.notebook}.ipynb)" if finding.notebook else ""
        lines.append(f"| {finding.part} | {finding.about} | **{finding.told}** | {link} |")
    return lines


def section(finding: Finding) -> list[str]:
    """A claim in full: the paper's words, what it was tested on, evidence for and against, and what would settle it."""
    lines = [f"## {finding.part}: {finding.about}", "", f"*The paper:* {finding.paper}", ""]
    lines += [f"*Tested on:* {finding.made_of}", ""]
    if finding.picture:
        lines += [f"![{finding.alt}]({finding.picture})", "", f"*{finding.alt}.*", ""]
    verdict = finding.verdict.capitalize()
    because = " ".join(filter(None, (finding.untestable, finding.reservation, finding.moved, finding.remark)))
    lines += [f"**{verdict}.** {because} What would settle it: {finding.settle}".replace("  ", " "), ""]
    core = finding.checks[:1]
    named = [(f"**Core:** {check.needs}" if check in core else check.needs, check) for check in finding.checks]
    further = [(f"{check.needs}: {'yes' if check.holds else 'no'}", check) for check in finding.further]
    for title, why, rows in (
        ("Evidence for", "Why this bound", [row for row in named if row[1].holds]),
        ("Evidence against", "Why this bound", [row for row in named if not row[1].holds]),
        ("Beyond the claim: does not affect the verdict", "Note", further),
    ):
        if rows:
            lines += [f"| {title} | Found | {why} |", "|---|---|---|"]
            lines += [f"| {words} | {check.found} | {check.reason} |" for words, check in rows]
            lines += [""]
    return lines
