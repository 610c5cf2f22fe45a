"""Answers come in exactly right or not at all, and the refusal names the nearest right word."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seal_advisor.core import rules
from seal_advisor.core import ruleset as texts
from seal_advisor.core.answers import MAX_CHARACTERS, AnswersError, loads, parse

RULESET = rules.load(texts.current())


def test_null_and_absent_both_mean_i_do_not_know() -> None:
    null, absent = parse({"answers": {"hsm": None}}, RULESET), parse({"answers": {}}, RULESET)
    assert null.given == absent.given == {}
    assert rules.decide(RULESET, null).options == rules.decide(RULESET, absent).options


def test_what_goes_out_comes_in_again() -> None:
    document = {
        "ruleset": RULESET.version,
        "answers": {"platform": "openbao_2_7", "hsm": None, "rto": "PT15M", "platform_version": "2.7.2"},
        "unsure": ["platform", "rto"],
        "notes": {"platform": "§ 3, 「確認」"},
    }
    answers = parse(document, RULESET)
    assert answers.unsure == {"platform", "rto"}
    assert loads(json.dumps(answers.as_json()), RULESET) == answers


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"answers": {"boundry": "anywhere"}}, "no question 'boundry'; did you mean 'boundary'?"),
        (
            {"answers": {"boundary": "dedicated-hsm"}},
            "boundary: no value 'dedicated-hsm'; did you mean 'dedicated_hsm'?",
        ),
        ({"answers": {"rto": "15m"}}, "rto: '15m' is no ISO 8601 duration; did you mean 'PT15M'?"),
        ({"answers": {"rto": "P1M"}}, "rto: 'P1M' is no ISO 8601 duration; did you mean 'PT1M'?"),
        ({"answers": {"rto": "PT"}}, "rto: 'PT' is no ISO 8601 duration"),
        ({"answers": {"rto": "-PT5M"}}, "rto: '-PT5M' is no ISO 8601 duration"),
        ({"answers": {"rto": "PT15M\n"}}, "is no ISO 8601 duration"),
        ({"answers": {"rto": "PT١M"}}, "is no ISO 8601 duration"),
        ({"answers": {"rto": 15}}, "rto: must be a text in quotes, not a number"),
        ({"answers": {"boundary": True}}, "boundary: must be a text in quotes, not true or false"),
        ({"answers": {"boundary": ["anywhere"]}}, "boundary: must be a text in quotes, not a list"),
        ({"answers": {"platform_version": "latest"}}, "platform_version: 'latest' is no version; write it as 1.21.3"),
        ({"answers": []}, "'answers' must be an object, not a list"),
        ({"answers": None}, "'answers' must be an object, not null"),
        ({}, "'answers' is missing"),
        ([], "must be a JSON object"),
        ("x", "must be a JSON object"),
        ({"answer": {}}, "no key 'answer'; did you mean 'answers'?"),
        ({"answers": {}, "unsure": "hsm"}, "'unsure' must be a list"),
        ({"answers": {}, "unsure": ["hms"]}, "unsure: no question 'hms'; did you mean 'hsm'?"),
        ({"answers": {}, "unsure": [{}]}, "unsure: a question id is a text, not an object"),
        ({"answers": {}, "notes": {"hms": "x"}}, "notes: no question 'hms'; did you mean 'hsm'?"),
        ({"answers": {}, "notes": {"hsm": 1}}, "notes: hsm: must be a text"),
        ({"answers": {}, "notes": {"hsm": "\ud800"}}, "half a character"),
        ({"answers": {}, "notes": {"hsm": "x" * 10_001}}, "longer than 10000 characters"),
        ({"ruleset": "1999.1.0", "answers": {}}, "written for ruleset '1999.1.0'"),
    ],
)
def test_what_is_not_exactly_right_is_refused(document: object, message: str) -> None:
    with pytest.raises(AnswersError) as refused:
        parse(document, RULESET)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ('{"answers": {"hsm": "none", "hsm": "single"}}', "'hsm' stands twice", 1),
        ('{"notes": {"hsm": "rto",\n"rto": ""}, "answers": {"hsm": "none",\n"rto":\n"x"}}', "rto: 'x' is no", 3),
        ('{"answers": {"h\\u0073x": 1,\n"kms":\n1}}', "no question 'hsx'; did you mean 'hsm'?", 1),
        ('{"answers": {},\n"unsure": ["hsm",\n"qqqqqqqqqqqqqqqq"]}', "'qqqqqqqqqqqqqqqq'; did you mean '", 3),
        ('{"answers": {}, "notes":\n[]}', "'notes' must be an object", 1),
        ('{"answers":\n {"hsm": }}', "no JSON: Expecting value", 2),
        ("[" * 1000 + "]" * 1000, "nested more than 24 levels", 1),
        ('{"answers": {}, "notes": ' + '{"a":\n' * 500 + "1" + "}" * 500 + "}", "nested more than 24 levels", 24),
        ('{"answers": {"rto": NaN}}', "NaN is no JSON value", None),
        ('{"answers": {"rto": ' + "9" * 5000 + "}}", "no JSON that we read", None),
        (" " * (MAX_CHARACTERS + 1), "longer than 256 KiB", None),
        ("", "no JSON", 1),
    ],
)
def test_a_text_that_is_no_plain_json_is_refused_with_its_line(text: str, message: str, line: int | None) -> None:
    with pytest.raises(AnswersError) as refused:
        loads(text, RULESET)
    assert message in str(refused.value)
    assert refused.value.line == line


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["hsm", "rto"]) | st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.fixed_dictionaries({"answers": JSON}, optional={"unsure": JSON, "notes": JSON, "ruleset": JSON}) | JSON)
def test_any_json_is_understood_or_refused_in_one_line(document: object) -> None:
    refusal = ""
    try:
        parse(document, RULESET)
    except AnswersError as refused:
        refusal = str(refused)
    assert len(refusal.splitlines()) <= 1
