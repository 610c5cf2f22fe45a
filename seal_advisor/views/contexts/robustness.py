"""Which single answer flips the result; and, apart from that, what decided it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seal_advisor.core import decision_sentence
from seal_advisor.core.explain import Explanation
from seal_advisor.core.prospects import Flip
from seal_advisor.views.contexts.wording import Wording
from seal_advisor.views.words import Link, counted

UNANSWERED = gettext_lazy("not answered")


@dataclass(frozen=True, slots=True)
class Turn:
    """One other result, and the answers that bring it. others: quoted, joined by "or"."""

    others: str
    result: str


@dataclass(frozen=True, slots=True)
class FlipSeen:
    """A question of which one other answer alone changes the result. given: the answer now, quoted."""

    question: Link
    given: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Robustness:
    """given: flips by changing an answer; open: flips by a first answer. backed: answers that decided it and yet flip
    nothing alone, since others lead to the same. idle: the other answers of which changing only that one changes
    nothing.
    """

    sentence: str
    given: tuple[FlipSeen, ...]
    open: tuple[FlipSeen, ...]
    backed: tuple[Link, ...]
    idle: tuple[Link, ...]


def robustness(explanation: Explanation, words: Wording) -> Robustness:
    flips: dict[str, list[Flip]] = {}
    for flip in explanation.robustness:
        flips.setdefault(flip.question, []).append(flip)
    seen = {key: _flip(key, group, explanation, words) for key, group in flips.items()}
    answered = {key for key, group in flips.items() if group[0].given is not None}
    decided = set(explanation.because)
    return Robustness(
        sentence=_sentence(len(answered), len(explanation.decision.answers.given)),
        given=tuple(seen[key] for key in seen if key in answered),
        open=tuple(seen[key] for key in seen if key not in answered),
        backed=tuple(words.link(key) for key in explanation.idle if key in decided),
        idle=tuple(words.link(key) for key in explanation.idle if key not in decided),
    )


def _sentence(flipping: int, given: int) -> str:
    if not given:
        return _("Nothing is answered yet, so nothing can be changed.")
    if not flipping:
        return _("No single one of the %(counted)s, changed alone, changes the result.") % {
            "counted": counted(given, "answer")
        }
    verb = "changes" if flipping == 1 else "change"
    return _("%(flipping)s of the %(counted)s, each changed alone, %(verb)s the result.") % {
        "flipping": flipping,
        "counted": counted(given, "answer"),
        "verb": verb,
    }


def _flip(key: str, group: list[Flip], explanation: Explanation, words: Wording) -> FlipSeen:
    given = explanation.decision.answers.values.get(key)
    return FlipSeen(
        question=words.link(key),
        given=UNANSWERED if given is None else f"“{words.answer(key, given)}”",
        turns=tuple(_turn(flip, explanation, words) for flip in group),
    )


def _turn(flip: Flip, explanation: Explanation, words: Wording) -> Turn:
    decision = explanation.decision
    platform = decision.answers.values.get("platform")
    result = decision_sentence.sentence(
        flip.status,
        flip.recommended,
        possible=(),
        titles={option.id: option.title for option in decision.options},
        platform=flip.values[0] if flip.question == "platform" else platform,
    )
    return Turn(words.examples(flip.question, flip.values), result)
