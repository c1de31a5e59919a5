"""A file gets its name when it is whole, and nothing of anybody else's is replaced."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from newsharvest.exports.target import Target, TargetError, inode_of, temporary_path


def write(target: Target, text: str = "नया") -> None:
    target.temporary.write_text(text, encoding="utf-8")
    target.seal()
    target.publish()


def test_a_file_has_its_name_only_when_it_is_published(tmp_path: Path) -> None:
    dest = tmp_path / "deep" / "a.txt"
    with Target(dest, is_folder=False) as target:
        target.temporary.write_text("आधा", encoding="utf-8")
        assert not dest.exists()
        inode = target.seal()
        target.publish()
        assert dest.read_text(encoding="utf-8") == "आधा"
    assert inode_of(dest) == inode
    assert os.listdir(dest.parent) == ["a.txt"]
    assert inode_of(temporary_path(dest)) is None


def test_the_file_is_readable_as_any_other(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with Target(tmp_path / "a.txt", is_folder=False) as target:
            write(target)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o644


@pytest.mark.parametrize("is_folder", [False, True])
def test_what_fails_leaves_nothing(tmp_path: Path, is_folder: bool) -> None:
    with pytest.raises(RuntimeError), Target(tmp_path / "a", is_folder=is_folder) as target:
        (target.temporary / "x" if is_folder else target.temporary).write_text("आधा", encoding="utf-8")
        raise RuntimeError
    assert os.listdir(tmp_path) == []


def test_a_file_that_is_there_is_replaced_only_where_that_is_asked_for(tmp_path: Path) -> None:
    dest = tmp_path / "a.txt"
    dest.write_text("पुराना", encoding="utf-8")
    with pytest.raises(TargetError, match=r"exists already.*--force"), Target(dest, is_folder=False):
        pass
    with Target(dest, is_folder=False, replace=True) as target:
        assert dest.read_text(encoding="utf-8") == "पुराना"
        write(target)
    assert dest.read_text(encoding="utf-8") == "नया"


def test_a_file_that_came_in_the_meantime_is_not_replaced(tmp_path: Path) -> None:
    dest = tmp_path / "a.txt"
    with pytest.raises(TargetError, match="exists already"), Target(dest, is_folder=False) as target:
        dest.write_text("किसी और का", encoding="utf-8")
        write(target)
    assert dest.read_text(encoding="utf-8") == "किसी और का"


def test_a_folder_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    for is_folder in (False, True):
        with (
            pytest.raises(TargetError, match=r"exists already|is a folder"),
            Target(tmp_path / "mine", is_folder=is_folder, replace=True),
        ):
            pass


def test_what_a_dead_export_left_is_written_over(tmp_path: Path) -> None:
    folder = temporary_path(tmp_path / "a")
    (folder / "old" / "older").mkdir(parents=True)
    (folder / "file").touch()
    with Target(tmp_path / "a", is_folder=True) as target:
        assert os.listdir(target.temporary) == []
        target.seal()
        target.publish()
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("is_folder", [False, True])
def test_two_exports_never_write_one_file(tmp_path: Path, is_folder: bool) -> None:
    with Target(tmp_path / "a", is_folder=is_folder) as first:
        with (
            pytest.raises(TargetError, match="is being written by another export"),
            Target(tmp_path / "a", is_folder=is_folder),
        ):
            pass
        first.seal()
        first.publish()
    assert os.listdir(tmp_path) == ["a"]


def test_a_link_in_the_place_of_the_temporary_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    temporary_path(tmp_path / "a").symlink_to(tmp_path / "precious")
    with pytest.raises(TargetError, match="cannot write"), Target(tmp_path / "a", is_folder=False):
        pass
    assert (tmp_path / "precious").read_text() == "x"


def test_a_place_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TargetError, match=r"cannot write .*file/a"), Target(tmp_path / "file" / "a", is_folder=False):
        pass
