"""A model in Inspect's store that makes its validators once behaves as Inspect's own."""

import pytest
from inspect_ai.util import Store, StoreModel
from pydantic import BaseModel, ValidationError

from lbt_solvers._compat import StoredModel


class Item(BaseModel):
    name: str


class Ours(StoredModel):
    items: list[Item] = []
    count: int = 0
    of: dict[str, Item] = {}


class Theirs(StoreModel):
    items: list[Item] = []
    count: int = 0
    of: dict[str, Item] = {}


@pytest.mark.parametrize("model", [Ours, Theirs])
def test_what_a_store_holds_as_plain_data_is_read_as_models_and_kept(model: type[Ours] | type[Theirs]) -> None:
    store = Store()
    store.set(f"{model.__name__}:items", [{"name": "a"}])
    read = model(store=store)
    assert read.items == [Item(name="a")]
    read.items.append(Item(name="b"))
    read.of = {"c": Item(name="c")}
    assert [item.name for item in model(store=store).items] == ["a", "b"]
    assert store.get(f"{model.__name__}:of") == {"c": Item(name="c")}


@pytest.mark.parametrize("model", [Ours, Theirs])
def test_a_value_of_another_type_is_refused(model: type[Ours] | type[Theirs]) -> None:
    read = model(store=Store())
    with pytest.raises(ValidationError):
        read.count = "many"  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises((ValueError, AttributeError)):
        read.nothing = 1  # pyright: ignore[reportAttributeAccessIssue]
    assert read.count == 0
