"""What one kind of seal is: its parameters, who can use it, and how a product treats what it does not know."""

from __future__ import annotations

from collections.abc import Mapping

from seal_advisor.core.hcl_tree import Body, Item, Literal
from seal_advisor.core.record import Record, field

# Every seal block may carry these, whatever its kind. SOURCE: hashicorp/vault internalshared/configutil/kms.go;
# openbao/openbao internal/helper/configutil/kms.go.
COMMON = {
    "vault": frozenset({"disabled", "purpose", "priority", "name", "recover"}),
    "openbao": frozenset(
        {
            "disabled",
            "purpose",
            "health_check_enabled",
            "health_check_timeout",
            "health_check_interval",
            "health_check_interval_unhealthy",
        }
    ),
}


class Parameter(Record):
    """One key of a seal block.

    required: the server does not start without it (file or environment). default: as documented, "" when there is none.
    environment: names of variables that set it; they beat the file (transit's token and address excepted).
    openbao_environment: OpenBao's names where they differ. secret: a literal value must never stand in a file.
    products: who knows the key. type: "text", "flag" or "number".
    """

    name: str
    required: bool = False
    default: str = ""
    environment: tuple[str, ...] = ()
    openbao_environment: tuple[str, ...] = ()
    secret: bool = False
    products: frozenset[str] = frozenset({"vault", "openbao"})
    type: str = "text"
    meaning: str = ""

    def variables(self, product: str) -> tuple[str, ...]:
        """The environment variables that set this key on that product."""
        if product == "openbao" and self.openbao_environment:
            return self.openbao_environment
        return self.environment


class SealKind(Record):
    """One kind of seal.

    option: the decision's option id that it realises. platforms: CONTRACT platform id -> what it takes there; a
    platform that is absent cannot use the seal. one_of: product -> groups of keys of which at least one must be set.
    unknown_keys: product -> "ignored", "refused" or "warned" ("warned": the wrapper's source is closed; take care).
    misspellings: wrong key -> right key, for the mistakes that are really made.
    """

    name: str
    title: str
    option: str
    parameters: tuple[Parameter, ...]
    platforms: Mapping[str, str]
    sources: tuple[str, ...]
    one_of: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    unknown_keys: Mapping[str, str] = field(default_factory=dict)
    misspellings: Mapping[str, str] = field(default_factory=dict)
    permissions: tuple[str, ...] = ()
    start_checks: tuple[str, ...] = ()

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name, None when the seal has none."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)

    def known(self, product: str) -> frozenset[str]:
        """Every key that the product reads in this block, the common ones included."""
        return COMMON[product] | {p.name for p in self.parameters if product in p.products}

    def required(self, product: str) -> tuple[str, ...]:
        """Keys without which the product does not start, in catalogue order."""
        return tuple(p.name for p in self.parameters if p.required and product in p.products)

    def documentation(self, product: str) -> tuple[str, ...]:
        """The sources that speak of this product; all of them where none says which."""
        mine = tuple(source for source in self.sources if ("openbao.org" in source) == (product == "openbao"))
        return mine or self.sources

    def secrets(self) -> frozenset[str]:
        """Names of the keys whose literal value must never be kept."""
        return frozenset(p.name for p in self.parameters if p.secret)

    def stanza(
        self,
        values: Mapping[str, str | int | bool],
        *,
        product: str,
        comments: Mapping[str, tuple[str, ...]] | None = None,
        comment: tuple[str, ...] = (),
    ) -> Item:
        """`seal "kind" { ... }` with the values in catalogue order.

        Raises ValueError for a key that the product does not read, for a missing one, and for a secret that is not
        given as `env://NAME` or `file:///PATH`: a generated file can then neither be refused nor leak.
        """
        wrong = sorted(set(values) - self.known(product))
        missing = sorted(set(self.required(product)) - set(values))
        if wrong or missing:
            raise ValueError(f"seal {self.name!r} on {product}: unknown {wrong}, missing {missing}")
        for name in self.secrets() & values.keys():
            if not str(values[name]).startswith(("env://", "file:///")):
                raise ValueError(f"seal {self.name!r}: {name} must be env://NAME or file:///PATH")
        order = [p.name for p in self.parameters if p.name in values]
        order += sorted(set(values) - set(order))
        items = tuple(
            Item((name,), Literal(values[name]), assigned=True, comment=(comments or {}).get(name, ()))
            for name in order
        )
        return Item(("seal", self.name), Body(items), assigned=False, comment=comment)
