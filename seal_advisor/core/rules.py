"""The decision: rules over answers, as boxes of bits.

A rule is a box: conditions joined by AND. Answers pack into one integer with a bit for each value; a rule fires for
certain when `answers & rule.forbids == 0`. An unanswered question sets all of its bits, so that the same test means
"whatever the answer turns out to be", and `known & rule.forbids == 0` means "it may still fire".

The TOML (folder `ruleset/`, one file per topic) reads:

    # questions.toml; the order in the file is the order on the page
    [ruleset]                      # exactly once
    version = "2026.11.0"
    [question.boundary]
    text, help, topic = "..."      # the question, why we ask it in plain words, the group on the page
    kind = "choice"                # or "duration" (ISO 8601), "version" (dotted numbers), "text"
    ordered = true                 # may be compared: at_least, at_most, above, below
    core = true                    # false: a refinement, which unanswered neither excludes nor leaves open
    absent = "none"                # refinements only, optional: unanswered counts as this value
    values = [{ id = "anywhere", label = "...", help = "..." }]   # rising, when ordered; kind "choice" only
    # options.toml
    [option.pkcs11]                title, headline = true | false, summary
    # settings.toml
    [setting.rto_by_hand]          value = "PT1H" (a duration, a version or a number), why = "..."
    # sources.toml
    [source.vu_pkcs11]             title, address, read = 2026-11-24
    # rules_TOPIC.toml
    [rule.R001]
    effect = "exclude"             # exclude | concern | oblige | warn | inconsistent | note
    options = ["pkcs11"]           # needed by exclude and concern; oblige, warn and note then speak only when one of them
                                   # is chosen (or, while nothing is chosen, still alive); absent: about the answers alone
    when.platform = "vault_community"       # one value; a list is any of;
    when.boundary = { at_least = "shared_hsm" }  # at_least, at_most, above, below, is_not (a value or a list); two bounds
                                   # may stand together; values of durations and versions may be "$setting"
    when.hsm_certificate = { is_not = "fips_140_3_active", or_unanswered = true }  # refinements only, never in an exclude
    outcome = "none"               # oblige, warn and note only: "none", "tie", "open" or "recommended"
    criterion = "recovery"         # concern only: regulatory, recovery, operations, cost (in this order)
    severity = 2                   # concern only: 1 to 3
    controls = ["C-KB-02"]         # oblige only
    follows = "R026"               # exclude and concern, optional: that rule holds wherever this one does; kept for its reason
    why = "...", source = "vu_pkcs11"       # always
    # migrate.toml
    [[migrate]]                    # how a draft of an older version comes over
    from_version = "2026.9.0"
    question = "hsm"; to_question = "hsm"   # to_question absent: the same; the answer is dropped when neither exists
    values = { one = "single" }    # old value -> new value; what is not named stays
"""
