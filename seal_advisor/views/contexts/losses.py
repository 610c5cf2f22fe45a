"""What is lost when a part of the seal is gone, and how long a restart waits, for one option at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seal_advisor.core import blast_radius, unseal_inputs
from seal_advisor.core.answers import Answers
from seal_advisor.core.rules import Decision
from seal_advisor.core.unseal_inputs import Inputs, InputsError
from seal_advisor.views.words import Link, Mark, Problem, opened

SERVING = {
    "yes": Mark(gettext_lazy("Keep serving"), "circle-check", "pass"),
    "partly": Mark(gettext_lazy("Serve in part"), "triangle-alert", "warn"),
    "no": Mark(gettext_lazy("Stop serving"), "octagon-x", "fail"),
}
RESTARTING = {
    "yes": Mark(gettext_lazy("Possible"), "circle-check", "pass"),
    "degraded": Mark(gettext_lazy("Possible, one failure less to spare"), "triangle-alert", "warn"),
    "no": Mark(gettext_lazy("Not possible"), "octagon-x", "fail"),
}
LOST = {
    "none": Mark(gettext_lazy("None"), "circle-check", "pass"),
    "until_recovered": Mark(gettext_lazy("Until recovered"), "triangle-alert", "warn"),
    "for_ever": Mark(gettext_lazy("For ever"), "octagon-x", "fail"),
}


@dataclass(frozen=True, slots=True)
class LossRow:
    """One loss. otherwise: "For ever, if ...", "" where the data always fares the same."""

    id: str
    title: str
    gone: str
    serving: Mark
    serving_why: str
    restart: Mark
    restart_why: str
    data: Mark
    data_why: str
    otherwise: str
    lasts: str
    recover: tuple[str, ...]
    sources: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Apart:
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class RecoveryKeys:
    title: str
    condition: str
    can: tuple[str, ...]
    cannot: tuple[str, ...]
    conclusion: str
    sources: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class OptionChoice:
    id: str
    title: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Field:
    """An input of the model: its value as typed, and what we assumed."""

    name: str
    label: str
    value: str
    low: str
    high: str
    step: str
    help: str
    wrong: bool


@dataclass(frozen=True, slots=True)
class Losses:
    """picture: the distribution of the time to unseal; said: the same in sentences. sways: what moves it most."""

    option: str
    title: str
    options: tuple[OptionChoice, ...]
    rows: tuple[LossRow, ...]
    apart: tuple[Apart, ...]
    keys: RecoveryKeys
    picture: SafeString
    said: tuple[str, ...]
    sways: tuple[str, ...]
    fields: tuple[Field, ...]
    changed: bool
    audience: str
    problems: tuple[Problem, ...]


def losses(decision: Decision, answers: Answers, asked: Mapping[str, str], *, audience: str) -> Losses:
    """asked: the form's `option` and the model's inputs. What is wrong with them is said and changes nothing."""
    titles = {option.id: option.title for option in decision.options if option.id in blast_radius.OPTIONS}
    option = asked.get("option", "")
    problems = []
    if option and option not in titles:
        problems.append(
            Problem(
                _("There is no option “%(value)s”; choose one of the list.") % {"value": option[:60]}, "#losses-option"
            )
        )
    if option not in titles:
        option = _first(decision, titles)
    given = unseal_inputs.given(answers.values)
    typed = {name: asked[name] for name in unseal_inputs.SPECS if name in asked}
    inputs, wrong = given, ""
    try:
        inputs = unseal_inputs.changed(given, typed)
    except InputsError as error:
        wrong, _colon, said = str(error).partition(": ")
        label = unseal_inputs.SPECS[wrong].label
        problems.append(
            Problem(
                _("%(label)s: %(said)s. The figures below are without your changes.") % {"label": label, "said": said},
                f"#in-{wrong}",
            )
        )
    found = blast_radius.document(option, answers.values.get("platform"), inputs)
    time = found["unseal_time"]
    return Losses(
        option=option,
        title=titles[option],
        options=tuple(OptionChoice(key, title, key == option) for key, title in titles.items()),
        rows=tuple(_row(one) for one in found["losses"]),
        apart=tuple(Apart(one["title"], one["reason"]) for one in found["apart"]),
        keys=_keys(found["recovery_keys"]),
        picture=mark_safe(time["svg"]),  # noqa: S308 - drawn from numbers and our own words, escaped where it is drawn
        said=tuple(time["summary"]),
        sways=tuple(_sway(one, inputs) for one in time["sways"]),
        fields=tuple(_field(one, typed, wrong) for one in time["inputs"]),
        changed=inputs != given,
        audience=audience,
        problems=tuple(problems),
    )


def _first(decision: Decision, titles: Mapping[str, str]) -> str:
    """The option to begin with: the recommended one, else the first that is still possible, else the first."""
    left = [option.id for option in decision.options if option.state != "excluded" and option.headline]
    return next(option for option in (*decision.recommended, *left, *titles) if option in titles)


def _row(one: Mapping[str, Any]) -> LossRow:
    otherwise = (
        _("%(lost)s, if %(when)s.") % {"lost": LOST[one["otherwise"]].word, "when": one["otherwise_when"]}
        if one["otherwise"]
        else ""
    )
    return LossRow(
        id=one["id"],
        title=one["title"],
        gone=one["gone"],
        serving=SERVING[one["serve"]],
        serving_why=one["serve_text"],
        restart=RESTARTING[one["restart"]],
        restart_why=one["restart_text"],
        data=LOST[one["data"]],
        data_why=one["data_text"],
        otherwise=otherwise,
        lasts=one["lasts"],
        recover=tuple(one["recover"]),
        sources=_sources(one["sources"]),
    )


def _keys(said: Mapping[str, Any]) -> RecoveryKeys:
    return RecoveryKeys(
        title=said["title"],
        condition=said["condition"],
        can=tuple(opened(f"{one}.") for one in said["can"]),
        cannot=tuple(opened(f"{one}.") for one in said["cannot"]),
        conclusion=said["conclusion"],
        sources=_sources(said["sources"]),
    )


def _sources(sources: list[dict[str, str]]) -> tuple[Link, ...]:
    return tuple(
        Link(_("%(title)s (read %(read)s)") % {"title": one["title"], "read": one["read"]}, one["address"])
        for one in sources
    )


def _sway(one: Mapping[str, str], inputs: Inputs) -> str:
    """`unseal_time.sways` makes an input about twice as bad and looks at the objective, or at nine in ten restarts."""
    then = _("%(text)s of the restarts meet the objective") % {"text": one["text"]}
    if inputs.rto_min is None:
        then = _("nine in ten restarts are through within %(text)s") % {"text": one["text"]}
    return _("%(label)s: about twice as bad, and %(then)s.") % {"label": one["label"], "then": then}


def _field(one: Mapping[str, Any], typed: Mapping[str, str], wrong: str) -> Field:
    name, value = one["name"], one["value"]
    whole = isinstance(one["default"], int)
    unit = f" ({one['unit']})" if one["unit"] else ""
    return Field(
        name=name,
        label=f"{one['label']}{unit}",
        value=typed.get(name, "" if value is None else f"{value:g}"),
        low=f"{one['low']:g}",
        high=f"{one['high']:.0f}",
        step="1" if whole else "any",
        help=one["why"],
        wrong=name == wrong,
    )
