"""A record is what a frozen, slotted dataclass is: the same questions are put to both."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass
from typing import ClassVar

import pytest

from seal_advisor.core.record import BY_HAND, Record, field, fields, replace


class Place(Record, uncompared=("line",), unshown=("secret",)):
    KIND: ClassVar[str] = "place"

    name: str
    line: int = 1
    secret: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    def title(self) -> str:
        return f"{self.name}:{self.line}"


class Named(Place):
    owner: str = "nobody"


class Empty(Record):
    pass


class Even(Record):
    value: int

    def __post_init__(self) -> None:
        if self.value % 2:
            raise ValueError(self.value)


class One(Record):
    value: int


class Two(Record):
    value: int
    other: int = 0


@dataclass(frozen=True, slots=True)
class Twin:
    value: int
    other: int = 0


def test_fields_stand_in_order_those_of_the_base_first() -> None:
    assert fields(Place) == ("name", "line", "secret", "tags")
    assert fields(Named("a")) == (*fields(Place), "owner")
    assert Place.KIND == "place"


def test_a_subclass_made_after_its_base_takes_its_own_fields() -> None:
    Place("a")
    assert Named("b", 2, owner="me").owner == "me"
    assert Named("b").title() == "b:1"


def test_a_default_that_is_made_is_made_anew_each_time() -> None:
    assert Place("a").tags == {}
    assert Place("a").tags is not Place("a").tags


@pytest.mark.parametrize("given", [((), {}), ((1, 2, 3), {}), ((1,), {"valu": 2}), ((1,), {"value": 2})])
def test_what_a_dataclass_refuses_is_refused_in_its_words(given: tuple[tuple[int, ...], dict[str, int]]) -> None:
    positional, named = given
    for _ in range(2):  # a refusal writes `__init__`, the second call uses it
        with pytest.raises(TypeError) as ours:
            Two(*positional, **named)
        with pytest.raises(TypeError) as theirs:
            Twin(*positional, **named)
        assert str(ours.value).replace("Two", "Twin") == str(theirs.value)


@pytest.mark.parametrize("given", [((1, 2, 3), {}), ((1,), {"valu": 2}), ((1, 2), {"value": 2}), ((), {"other": 1})])
def test_the_first_records_refuse_what_the_later_ones_do(given: tuple[tuple[int, ...], dict[str, int]]) -> None:
    positional, named = given

    class Fresh(Record):
        value: int
        other: int = 0

    said = []
    for made in range(BY_HAND + 2):  # a refusal writes `__init__`, so each number of records takes a class of its own
        again = type(Fresh)("Fresh", (Record,), {"__annotations__": dict(Fresh.__annotations__), "other": 0})
        for value in range(made):
            again(value)
        with pytest.raises(TypeError) as refused:
            again(*positional, **named)
        said.append(str(refused.value))
    assert len(set(said)) == 1


def test_the_first_records_are_as_the_later_ones() -> None:
    class Fresh(Record):
        value: int
        other: int = 7
        tags: dict[str, str] = field(default_factory=dict)

    calls = ((1,), {}), ((1, 2), {}), ((), {"value": 1}), ((1,), {"tags": {"a": "b"}}), ((), {"other": 2, "value": 1})
    by_hand = [Fresh(*positional, **named) for positional, named in calls]
    assert len(by_hand) < BY_HAND
    for value in range(BY_HAND):
        Fresh(value)
    assert "Fresh.__init__" in Fresh.__init__.__qualname__  # the real one is in place
    assert [Fresh(*positional, **named) for positional, named in calls] == by_hand
    assert by_hand[0].tags is not by_hand[1].tags


def test_a_record_checks_its_values_each_time() -> None:
    for _ in range(BY_HAND + 2):
        assert Even(2).value == 2
        with pytest.raises(ValueError, match="3"):
            Even(3)


def test_nothing_can_be_changed_removed_or_added() -> None:
    one = One(1)
    for attempt in (lambda: setattr(one, "value", 2), lambda: delattr(one, "value"), lambda: setattr(one, "new", 2)):
        with pytest.raises(AttributeError, match="One is frozen"):
            attempt()
    assert one == One(1)
    assert not hasattr(one, "__dict__")


def test_equality_and_hash_are_those_of_the_values_and_the_class() -> None:
    assert Two(1) == Two(1, 0)
    assert Two(1) != Two(2)
    assert Two(1) != Twin(1)
    assert Named("a") != Place("a")
    assert Empty() == Empty()
    assert hash(Two(1)) == hash(Two(1, 0))
    assert {One(1), One(1)} == {One(1)}


def test_a_place_is_left_out_of_the_comparison_and_a_secret_out_of_the_text() -> None:
    assert Place("a", 1) == Place("a", 9)
    assert Place("a", secret="x") != Place("a", secret="y")
    assert repr(Place("a", secret="hidden")) == "Place(name='a', line=1, tags={})"
    assert repr(Two(1)) == "Two(value=1, other=0)"


def test_it_is_replaced_copied_pickled_and_matched() -> None:
    two = Two(1, 2)
    assert replace(two, other=3) == Two(1, 3)
    with pytest.raises(TypeError, match="unexpected keyword"):
        replace(two, others=3)
    assert copy.deepcopy(two) == two
    assert pickle.loads(pickle.dumps(two)) == two
    match two:
        case Two(value, other):
            assert (value, other) == (1, 2)
