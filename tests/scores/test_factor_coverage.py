"""Coverage of known factors: the same distribution is near, a dropped factor is found."""

import pytest
import torch

from began_lib.faces import sample
from began_lib.scores import factor_classifier
from began_lib.scores.factor_coverage import coverage_table, factor_coverage, lost
from began_lib.scores.sets import drop


@pytest.fixture(scope="module")
def found():
    judge = factor_classifier.load()
    factors, images = sample(800, seed=31, size=32)
    data, other = images[:400], images[400:]
    hair = judge.heads["hair_style"].classes
    long = torch.isin(factors.hair_style[400:], torch.tensor([hair.index("long"), hair.index("wavy")]))
    sets = {"real": other, "no long hair": drop(other, long), "one face": other[:1].expand(400, -1, -1, -1)}
    return factor_coverage(judge, sets, data)


def test_rows_are_distributions_with_intervals(found):
    for rows in found.values():
        assert [row.factor for row in rows] == [head.name for head in factor_classifier.HEADS]
        for row in rows:
            assert sum(c.value for c in row.classes) == pytest.approx(1.0, abs=1e-4)  # float32 shares
            assert sum(c.in_data for c in row.classes) == pytest.approx(1.0, abs=1e-4)
            assert all(0 <= c.low <= c.value + 1e-6 and c.value - 1e-6 <= c.high <= 1 for c in row.classes)
            assert 0 <= row.low <= row.distance <= row.high <= 1
            by_hand = sum(abs(c.value - c.in_data) for c in row.classes) / 2
            assert row.distance == pytest.approx(by_hand, abs=1e-4)


def test_what_is_lost_is_named_and_nothing_else(found):
    assert lost(found["real"]) == []
    gone = lost(found["no long hair"])
    assert {"hair_style: long", "hair_style: wavy"} & set(gone)
    assert all(name.startswith("hair_style") for name in gone)
    hair = {name: next(row for row in rows if row.factor == "hair_style") for name, rows in found.items()}
    assert hair["no long hair"].low > hair["real"].high
    assert len(lost(found["one face"])) > 20  # one face has one class of each factor


def test_as_a_table_and_refusal(found):
    judge = factor_classifier.load()
    table = coverage_table(found)
    assert list(table.columns) == list(found) and list(table.index) == list(judge.heads)
    row = found["no long hair"][0]
    assert table["no long hair"]["hair_style"] == f"{row.distance:.3f} ({row.low:.3f} to {row.high:.3f})"
    with pytest.raises(ValueError, match="data: expected at least 20 images"):
        factor_coverage(judge, {}, torch.zeros(19, 3, 32, 32))
