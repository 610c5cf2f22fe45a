"""`aws kms get-key-policy`, `gcloud kms keys get-iam-policy` and `az role assignment list`: who may use the key.

AWS hands the policy out as JSON in a string (or alone, with `--output text`). SOURCE:
https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html and
https://cloud.google.com/kms/docs/reference/rest/v1/Policy, https://learn.microsoft.com/cli/azure/role/assignment
"""

from __future__ import annotations

from collections.abc import Iterator

from evidence.core import json_text
from evidence.core.facts import Declared
from evidence.core.facts.kms import Grant, KmsPolicyFacts
from evidence.core.key_log import Json, inner, text
from evidence.core.refusal import Refused
from evidence.core.scan import line_of
from evidence.core.sniff import is_json, top_keys

KIND = KmsPolicyFacts.KIND
TITLE = "policy of a KMS key"
FORM = "json"


def matches(head: str) -> bool:
    if not is_json(head):
        return False
    keys = top_keys(head)
    if "roleDefinitionName" in keys:
        return "principalName" in keys and "Microsoft.KeyVault/" in head
    if "Policy" in keys:
        return "Statement" in head and "kms:" in head
    if "Statement" in keys:
        return '"Principal"' in head and '"kms:' in head
    return "bindings" in keys and '"members"' in head and "roles/" in head


def parse(text_: str, declared: Declared) -> KmsPolicyFacts:
    document = json_text.load(text_)
    if isinstance(document, list):
        return KmsPolicyFacts("azure", tuple(_assignment(each, text_) for each in document if isinstance(each, dict)))
    if not isinstance(document, dict):
        raise Refused("a policy is one JSON object", "hand in the output of `aws kms get-key-policy`", 1)
    if isinstance(document.get("bindings"), list):
        return KmsPolicyFacts("gcp", tuple(_bindings(document, text_)))
    if isinstance(document.get("Policy"), str):
        document = json_text.load(str(document["Policy"]))
    statements = inner(document, "Statement")
    listed = statements if isinstance(statements, list) else [statements]
    grants = tuple(_statement(each, text_) for each in listed if isinstance(each, dict))
    return KmsPolicyFacts("aws", grants, "" if grants else "the policy has no statement")


def _bindings(document: Json, text_: str) -> Iterator[Grant]:
    bindings = inner(document, "bindings")
    for binding in bindings if isinstance(bindings, list) else ():
        role = text(binding, "role") or ""
        members = _words(inner(binding, "members"))
        yield Grant(True, members, (role,), inner(binding, "condition") is not None, line_of(text_, role) or 1)


def _assignment(assignment: Json, text_: str) -> Grant:
    role, who = text(assignment, "roleDefinitionName") or "", text(assignment, "principalName")
    identity = text(assignment, "id")
    line = line_of(text_, identity) if identity else None
    who = who or text(assignment, "principalId") or ""
    return Grant(True, (who,), (role,), text(assignment, "condition") is not None, line or 1)


def _statement(statement: Json, text_: str) -> Grant:
    principal = inner(statement, "Principal")
    if isinstance(principal, dict):
        principals = tuple(word for value in principal.values() for word in _words(value))
    else:
        principals = _words(principal) or (("everybody but some",) if "NotPrincipal" in statement else ())
    actions = _words(inner(statement, "Action")) or (("all but some",) if "NotAction" in statement else ())
    name = text(statement, "Sid")
    line = line_of(text_, name) if name else None
    return Grant(text(statement, "Effect") == "Allow", principals, actions, "Condition" in statement, line or 1)


def _words(value: object) -> tuple[str, ...]:
    """One text or a list of them."""
    if isinstance(value, str):
        return (value,)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
