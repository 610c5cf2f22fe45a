"""What the rows `load` and `soak` of `make torture` look for would be found; their sample is in test_cluster.py."""

from __future__ import annotations

from tests import load, soak


class Answering(load.Site):
    """A site whose answers are given."""

    def __init__(self, after: list[str], names: list[str]) -> None:
        self.seen = load.Seen()
        self._after, self._names = after, names

    def ask(self, kind: str, who: int, method: str, path: str, body: bytes = b"", **headers: str) -> object:  # type: ignore[override]
        kept = [{"after": one} for one in self._after] if "history" in path else [{"name": one} for one in self._names]
        return 200, {}, {"results": kept}


def test_two_writes_on_one_version_a_write_without_history_and_a_lost_upload_are_found() -> None:
    here = Answering(["PT1M", "PT2M"], ["a.hcl"])
    here.seen.edits = [("d", '"1"', 1), ("d", '"1"', 2), ("d", '"2"', 3)]
    here.seen.uploads = [("d", "a.hcl"), ("d", "b.hcl")]
    assert load._lost(here) == [
        'd "1": both 1 and 2 were acknowledged',
        "d: the history does not know PT3M",
        "d: the upload b.hcl is gone",
    ]


def test_growth_beyond_noise_is_found() -> None:
    flat = {f"{name} at the {when}, MB": 300.0 for name in ("web", "worker") for when in ("start", "end")}
    assert soak.grown(flat) == []
    assert soak.grown({**flat, "worker at the end, MB": 400.0}) == ["worker grew from 300 to 400 MB"]
