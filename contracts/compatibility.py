"""May a schema replace another? Schemas only grow: a reader of the new one must understand all that was published."""

from typing import Any

_ANNOTATIONS = {"title", "description", "examples", "default"}
Schema = dict[str, Any]


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """What would break, a line each; empty where nothing would."""
    return _compare(_spread(old, old), _spread(new, new), "")


def _compare(old: Schema, new: Schema, place: str) -> list[str]:
    found = []
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in sorted(set(before) - set(after)):
        found.append(f"{place}{name} was removed")
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        found.append(f"{place}{name} became required")
    for name in sorted(set(before) & set(after)):
        found += _compare_value(before[name], after[name], f"{place}{name}")
    return found


def _compare_value(old: Schema, new: Schema, place: str) -> list[str]:
    if old.get("properties") and new.get("properties"):
        return _compare(old, new, f"{place}.")
    if "items" in old and "items" in new:
        return _compare_value(old["items"], new["items"], f"{place}[]")
    known: Any = new.get("enum", old.get("enum", []))
    gone = [each for each in old.get("enum", ()) if each not in known]
    if gone:
        return [f"{place} no longer knows {', '.join(map(str, gone))}"]
    if _bare(old) != _bare(new) and not _wider(old, new):
        return [f"{place} changed its type"]
    return []


def _wider(old: Schema, new: Schema) -> bool:
    """Whether the new one is the old or something else besides (a value became optional)."""
    choices = [_bare(each) for each in new.get("anyOf", ())]
    return all(_bare(each) in choices for each in old.get("anyOf", (old,))) if choices else False


def _bare(value: Any) -> Any:
    """A schema without its annotations and without the values of enumerations, which may grow."""
    if isinstance(value, dict):
        return {name: _bare(each) for name, each in value.items() if name not in _ANNOTATIONS and name != "enum"}
    return [_bare(each) for each in value] if isinstance(value, list) else value


def _spread(value: Any, root: Schema) -> Any:
    """The schema with every reference replaced by what it refers to."""
    if isinstance(value, list):
        return [_spread(each, root) for each in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        return _spread(root["$defs"][value["$ref"].rpartition("/")[2]], root)
    return {name: _spread(each, root) for name, each in value.items() if name != "$defs"}
