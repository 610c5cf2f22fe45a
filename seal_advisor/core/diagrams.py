"""Six drawings of a decision, each a pure function from plain values to SVG text, and each with its words beside it.

`boundary` where the seal key may be read; `start` from process start to unsealed; `cluster` primary, DR and the key
store; `terms` which key wraps which; `troubleshooting` a sealed server after a start; `decision` what was decided.
`NAME_text` gives the text equivalent, one sentence a line; the SVG's <desc> holds the same. An unknown option id raises
KeyError: the caller passes ids of the ruleset only. `plain` (from drawing) makes a drawing fit for print and download.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seal_advisor.core.diagram_words import KMS_NAMES, PLATFORMS, SEALS, SealWords, Step
from seal_advisor.core.drawing import LINE, WIDTH, arrow, box, height, picture, plain, region, words, wrap

__all__ = [
    "boundary",
    "boundary_text",
    "cluster",
    "cluster_text",
    "decision",
    "decision_text",
    "plain",
    "start",
    "start_text",
    "terms",
    "terms_text",
    "troubleshooting",
    "troubleshooting_text",
]

STATES = {
    "recommended": ("good", "✓ Recommended"),
    "possible": ("plain", "○ Possible"),
    "open": ("care", "? Open"),
    "excluded": ("bad", "✕ Excluded"),
}
DR_LINKS = {
    "snapshots": "snapshots",
    "replication": "DR replication",
    "multi_region": "DR replication, several regions",
}


def _server(platform: str) -> str:
    return PLATFORMS.get(platform, "Vault or OpenBao")


def _store(option: str, hosting: str) -> str:
    return KMS_NAMES.get(hosting, SEALS[option].store) if option == "cloud_kms" else SEALS[option].store


def _sentences(text: Sequence[str]) -> str:
    return " ".join(text)


# --- key boundary ---------------------------------------------------------------------------------------------------


def boundary_text(option: str, *, platform: str = "", hosting: str = "") -> tuple[str, ...]:
    """Where the seal key is and what it protects, one sentence each."""
    seal, store = SEALS[option], _store(option, hosting)
    return (
        (
            f"{_server(platform)} keeps the keyring and the root key in memory while it is unsealed; "
            "storage holds ciphertext only."
        ),
        f"The seal key is kept by: {store}. {seal.key}.",
        f"It may exist in plain text {seal.boundary}.",
        f"The server reaches it by {seal.link}.",
        f"People hold {seal.people}.",
    )


def boundary(option: str, *, platform: str = "", hosting: str = "") -> str:
    """Three areas: the server's memory, its storage, and the place of the seal key with its boundary drawn hard."""
    seal, store = SEALS[option], _store(option, hosting)
    text = boundary_text(option, platform=platform, hosting=hosting)
    far = 390
    memory = f"Memory of {_server(platform)}"
    top = 22.0 + LINE * len(wrap(memory, 222))
    root, ring = (
        ("Root key", "In plain text only while unsealed"),
        ("Keyring (barrier keys)", "Encrypts everything that is stored"),
    )
    ring_y = top + height(*root, 218) + 38
    floor = ring_y + height(*ring, 218) + 16
    key_high = height("Seal key", seal.key, 226)
    people, plain_key = seal.people[0].upper() + seal.people[1:], seal.boundary[0].upper() + seal.boundary[1:]
    people_y = key_high + 88
    plain_y = max(floor + 30, people_y + height("People", people, 249) + 14)
    link = wrap(seal.link, 132)
    parts = [
        region(1, 1, 250, floor, memory),
        box(17, top, 218, *root),
        arrow(126, ring_y - 38, 126, ring_y),
        words(136, ring_y - 15, ["decrypts"]),
        box(17, ring_y, 218, *ring),
        region(far, 1, 249, key_high + 64, store, tone="key", hard=seal.hard),
        box(far + 12, 50, 225, "Seal key", seal.key, tone="key"),
        arrow(251, 92, far, 92, both=True),
        words((251 + far) / 2, 82, ["wraps, unwraps"], anchor="middle"),
        words((251 + far) / 2, 112, link, anchor="middle"),
        arrow(126, floor + 1, 126, plain_y),
        box(1, plain_y, 250, "Storage", "Ciphertext: data, keyring, wrapped root key"),
        box(far, people_y, 249, "People", people),
        box(far, plain_y, 249, "Seal key in plain text", plain_key, tone="good" if seal.hard else "care"),
    ]
    high = (
        plain_y
        + max(height("Storage", "Ciphertext: data, keyring, wrapped root key", 250), height("x", plain_key, 249))
        + 2
    )
    return picture(f"Key boundary: {seal.name}", _sentences(text), high, parts)


# --- start to unsealed ----------------------------------------------------------------------------------------------


def start_text(option: str, *, platform: str = "", hosting: str = "") -> tuple[str, ...]:
    """The steps of a start in order, each with its usual failure."""
    manual = () if SEALS[option].auto else (f"{_server(platform)} does not start unattended with this seal.",)
    store = _store(option, hosting)
    steps = SEALS[option].steps
    return (
        *(f"Step {n}: {step.title}. {step.detail}. If it fails: {step.trouble}." for n, step in enumerate(steps, 1)),
        f"Seal key: {store}.",
        *manual,
    )


def start(option: str, *, platform: str = "", hosting: str = "") -> str:
    """A ladder of numbered steps; beside each what is seen when it fails."""
    seal = SEALS[option]
    text = start_text(option, platform=platform, hosting=hosting)
    kind = "automatic unseal" if seal.auto else "unseal by hand"
    parts, high = _ladder(
        [(f"{n}  {s.title}", s.detail, s.trouble) for n, s in enumerate(seal.steps, 1)], "if it fails"
    )
    return picture(f"From start to unsealed, {kind}: {seal.name}", _sentences(text), high, parts)


def _ladder(rungs: Sequence[tuple[str, str, str]], aside: str, *, last: str = "good") -> tuple[list[str], float]:
    """Boxes below each other, each with an arrow to its aside on the right; the last box has the tone `last`."""
    parts: list[str] = []
    y = 6.0
    for index, (title, detail, trouble) in enumerate(rungs):
        high = max(height(title, detail, 330), height(trouble, "", 228))
        final = index == len(rungs) - 1
        parts.append(box(1, y, 330, title, detail, tone=last if final else "plain", tall=high))
        parts.append(arrow(331, y + high / 2, 411, y + high / 2, dashed=True))
        parts.append(words(368, y + high / 2 - 7, [aside], anchor="middle"))
        parts.append(_aside(411, y, trouble, high))
        if not final:
            parts.append(arrow(166, y + high, 166, y + high + 22))
        y += high + 22
    return parts, y - 16


def _aside(x: float, y: float, text: str, high: float) -> str:
    lines = wrap(text, 204)
    middle = y + high / 2 - (len(lines) - 1) * LINE / 2 + 5
    frame = box(x, y, WIDTH - x - 1, "", tone="care", tall=high)
    return frame + words(x + 12, middle, lines)


# --- primary, DR and the key store ----------------------------------------------------------------------------------


def cluster_text(option: str, *, platform: str = "", hosting: str = "", dr: str = "snapshots") -> tuple[str, ...]:
    """How the sites hang together."""
    seal, store = SEALS[option], _store(option, hosting)
    first = (
        f"Primary site: three {_server(platform)} nodes, one raft quorum; every node reaches the same seal: {store}."
    )
    if dr == "none":
        return first, "There is no second site: when this one is lost, nothing of it remains."
    return (
        first,
        f"Second site: fed by {DR_LINKS.get(dr, 'snapshots')}; it must reach the seal key before it is needed.",
        _copy_of_key(option, seal),
        "A snapshot opens only with the seal key that it was made under; recovery keys cannot replace it.",
    )


def _copy_of_key(option: str, seal: SealWords) -> str:
    if option == "shamir":
        return "The shares of the original cluster open the restored data: the same holders must be reachable."
    if option == "pkcs11":
        return "The second site's HSM holds the same key, cloned or restored with the vendor's own tool, and tested."
    if option == "cloud_kms":
        return "The key must be reachable from the second region: a replicated key where the provider offers one."
    return f"{seal.store}: the same key must be reachable from the second site."


def cluster(option: str, *, platform: str = "", hosting: str = "", dr: str = "snapshots") -> str:
    """Two sites above, their key stores below, with what travels between them."""
    seal, store = SEALS[option], _store(option, hosting)
    text = cluster_text(option, platform=platform, hosting=hosting, dr=dr)
    single = dr == "none"
    wide, far = 250.0, 389.0
    parts = _site(1, wide, "Primary site", store, seal)
    if single:
        parts.append(box(far, 60, wide, "No second site", "When this site is lost, nothing of it remains", tone="bad"))
    else:
        parts += _site(far, wide, "Second site (DR)", store, seal)
        parts += [
            arrow(wide + 1, 90, far, 90),
            words((wide + 1 + far) / 2, 80, wrap(DR_LINKS.get(dr, "snapshots"), 126)[:1], anchor="middle"),
            words((wide + 1 + far) / 2, 110, wrap(DR_LINKS.get(dr, "snapshots"), 126)[1:], anchor="middle"),
            arrow(wide + 1, 244, far, 244, both=True, dashed=True),
            words((wide + 1 + far) / 2, 234, ["the same key"], anchor="middle"),
        ]
    note = wrap(text[-1] if single else f"{text[2]} {text[3]}", WIDTH - 10)
    parts.append(words(2, 322, note))
    return picture(f"Sites and key store: {seal.name}", _sentences(text), 322 + LINE * len(note) - 8, parts)


def _site(x: float, wide: float, title: str, store: str, seal: SealWords) -> list[str]:
    parts = [region(x, 1, wide, 134, title)]
    for index in range(3):
        left = x + 14 + index * 76
        parts.append(box(left, 42, 70, f"Node {index + 1}", "voter", tall=76))
    parts.append(arrow(x + wide / 2, 135, x + wide / 2, 196, both=True))
    parts.append(words(x + wide / 2 + 10, 170, wrap(seal.link, 110)))
    parts.append(region(x, 196, wide, 96, store, tone="key", hard=seal.hard))
    parts.append(box(x + 14, 240, wide - 28, "Seal key", tone="key", tall=40))
    return parts


# --- which key wraps which ------------------------------------------------------------------------------------------


def terms_text(option: str) -> tuple[str, ...]:
    """The four words that are mixed up most, in the order in which they protect each other."""
    seal = SEALS[option]
    own = "unseal key" if option == "shamir" else "seal key"
    rest = (
        "There are no recovery keys with Shamir: the shares themselves authorise and decrypt."
        if option == "shamir"
        else "Recovery keys authorise generate-root, rekey and seal migration. "
        "They decrypt nothing and never replace the seal key."
    )
    return (
        f"Seal key ({own}): kept by {seal.store}; wraps the root key.",
        "Root key: stored wrapped; encrypts the keyring.",
        "Keyring (barrier keys): encrypts every entry of the storage; rotated without touching the seal.",
        rest,
    )


def terms(option: str) -> str:
    """A chain of three keys down to the data, and the recovery keys apart from it."""
    seal = SEALS[option]
    text = terms_text(option)
    shamir = option == "shamir"
    chain = [
        ("Unseal key (= seal key)" if shamir else "Seal key", f"Kept by: {seal.store}", "wraps", "key"),
        ("Root key", "Stored wrapped by the seal key", "encrypts", "plain"),
        ("Keyring (barrier keys)", "Stored encrypted by the root key", "encrypts", "plain"),
        ("Data", "Every entry of the storage", "", "plain"),
    ]
    parts: list[str] = []
    y = 4.0
    for title, detail, verb, tone in chain:
        high = height(title, detail, 320)
        parts.append(box(1, y, 320, title, detail, tone=tone, tall=high))
        if verb:
            parts += [arrow(161, y + high, 161, y + high + 34), words(171, y + high + 22, [verb])]
        y += high + 34
    title = "No recovery keys" if shamir else "Recovery keys"
    detail = (
        "The shares themselves authorise and decrypt."
        if shamir
        else "Held by people. Authorise generate-root, rekey and seal migration. "
        "Decrypt nothing: a lost seal key is lost data."
    )
    parts.append(box(391, 4, 248, title, detail, tone="care"))
    return picture(f"Which key protects which: {seal.name}", _sentences(text), y - 30, parts)


# --- troubleshooting ------------------------------------------------------------------------------------------------


def troubleshooting_text(option: str) -> tuple[str, ...]:
    """The questions in the order in which to ask them, with what to do at a yes."""
    return (
        *(f"{q.title} ({q.detail}.) If yes: {q.trouble}." for q in SEALS[option].questions),
        "None of these: keep the server log, run operator diagnose, and never initialise again.",
    )


def troubleshooting(option: str) -> str:
    """Still sealed after a start: questions downwards, the answer to a yes on the right."""
    seal = SEALS[option]
    end = Step(
        "None of these", "Keep the server log before the next restart", "operator diagnose; never initialise again"
    )
    rungs = [(q.title, q.detail, q.trouble) for q in (*seal.questions, end)]
    parts, high = _ladder(rungs, "yes", last="plain")
    return picture(f"Still sealed after a start: {seal.name}", _sentences(troubleshooting_text(option)), high, parts)


# --- the decision itself --------------------------------------------------------------------------------------------


def decision_text(
    options: Sequence[tuple[str, str, str]], because: Mapping[str, str], *, titles: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """The answers that decided, then every option with its state."""
    names = titles or {}
    answered = "; ".join(f"{names.get(key, key)}: {value}" for key, value in because.items())
    return (
        f"Answers that decided: {answered}." if answered else "No single set of answers decided.",
        *(f"{title}: {STATES[state][1].split(' ', 1)[1].lower()}." for _, title, state in options),
    )


def decision(
    options: Sequence[tuple[str, str, str]], because: Mapping[str, str], *, titles: Mapping[str, str] | None = None
) -> str:
    """Left the answers that decided (question -> value), right every option (id, title, state) with its state.

    titles: question id -> words for people, where there are any. Order is the caller's.
    """
    names = titles or {}
    text = decision_text(options, because, titles=titles)
    parts = [words(2, 16, ["Answers that decided"], bold=1), words(351, 16, ["Options"], bold=1)]
    left = right = 28.0
    for key, value in because.items():
        title, detail = names.get(key, key), value
        parts.append(box(1, left, 250, title, detail))
        left += height(title, detail, 250) + 10
    for _, title, state in options:
        tone, word = STATES[state]
        high = LINE * len(wrap(title, 170)) + 14
        parts.append(box(350, right, 289, "", tone=tone, tall=high))
        parts.append(words(362, right + 20, wrap(title, 170), bold=9))
        parts.append(words(627, right + 20, [word], anchor="end"))
        right += high + 8
    middle = 28 + (min(left, right) - 38) / 2
    if because:
        parts.append(arrow(262, middle, 340, middle))
    return picture("The decision", _sentences(text), max(left, right, 60) - 6, parts)
