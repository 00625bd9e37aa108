"""What people type: one rule for numbers, one for paths, one for names."""

from pathlib import Path

import pytest

from began_lib.machine import given


@pytest.mark.parametrize("text", ["٣", "1_000", "1.5", "", " 4", "1e9", "9" * 30, "nan"])
def test_what_is_no_whole_number(text):
    with pytest.raises(given.Unusable, match="expected a whole number"):
        given.whole(text)


def test_whole_numbers():
    assert [given.whole(text) for text in ("7", "-7", "+07")] == [7, -7, 7]
    assert given.positive("1") == 1 and given.threads("1000") == 1000
    for reader, text in ((given.positive, "0"), (given.threads, "1001"), (given.threads, "0")):
        with pytest.raises(given.Unusable, match="expected"):
            reader(text)


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e999", "\u0660.\u0665", "1_0.0", "", "0x1p3", "1,5"])
def test_what_is_no_number(text):
    with pytest.raises(given.Unusable, match="expected a number"):
        given.number(text)


def test_numbers():
    assert [given.number(text) for text in ("0.5", "5e-5", "-1", ".5", "2.")] == [0.5, 5e-5, -1, 0.5, 2]


@pytest.mark.parametrize("text", ["", " ", "\n", "a\nb", "/", "//", "/tmp/..", "~nobody-of-this/x", "x" * 300, "a\0b"])
def test_what_is_no_path(text):
    with pytest.raises(given.Unusable, match="expected"):
        given.path(text)


def test_paths_have_their_tilde_expanded(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert given.path("~/runs/a b") == tmp_path / "runs" / "a b"
    assert given.path("runs/ä") == Path("runs/ä")
    assert given.source("~/pictures") == str(tmp_path / "pictures")
    assert given.source("faces") == "faces" and given.source("./lfw") == "./lfw"


@pytest.mark.parametrize("text", ["../x", "a/b", "", " ", "a\n", ".hidden", "..", "-x", "a b", "ä", "end.", "x" * 101])
def test_what_is_no_name(text):
    with pytest.raises(ValueError, match="expected letters, digits, dots"):
        given.name(text)


def test_names():
    assert [given.name(text) for text in ("lfw-32", "my.first_run-1", "0")] == ["lfw-32", "my.first_run-1", "0"]


def test_a_link_to_itself_is_no_path(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(given.Unusable, match="a link that leads to itself"):
        given.path(str(tmp_path / "loop" / "run"))


def test_a_variable_holds_a_path_or_is_told_by_its_name(monkeypatch, tmp_path):
    for value, found in ((None, None), ("", None), (str(tmp_path), tmp_path)):
        monkeypatch.delenv("BEGAN_TEST", raising=False)
        if value is not None:
            monkeypatch.setenv("BEGAN_TEST", value)
        assert given.variable("BEGAN_TEST") == found
    monkeypatch.setenv("BEGAN_TEST", "~nobody-of-this/x")
    with pytest.raises(given.Unusable, match=r"^BEGAN_TEST: expected a path, found '~nobody-of-this/x'"):
        given.variable("BEGAN_TEST")
