"""Which model places texts by their meaning, if any: what the setting names is found and opened here."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from factcheck.matching.nearness import Model
from factcheck.settings import BadSetting

_TOKENIZER: Final = "tokenizer.json"


def opened(setting: str, cache: Path) -> Model | None:
    """Find the model that a setting names.

    Args:
        setting: a folder, the name of an installed package that holds one, or nothing.
        cache: the folder in which a model's small form is kept.

    Returns:
        The model, which is read when it is first asked; None if none is wanted.

    Raises:
        BadSetting: there is no such model, or it can't be run here.
    """
    if not setting:
        return None
    folder = _folder(setting)
    try:
        model: Model = import_module("factcheck.matching.meaning").MeaningModel(folder, cache)
    except ImportError as fault:
        raise _unmet(setting, f"needs what `make semantic` installs; {fault.name} is missing") from None
    except OSError as fault:
        raise _unmet(setting, f"can't be read: {fault.strerror}: {fault.filename}") from None
    except (ValueError, KeyError) as fault:
        raise _unmet(setting, f"names a model that can't be run: {fault}") from None
    return model


def _folder(setting: str) -> Path:
    if Path(setting).is_dir():
        return Path(setting)
    package = find_spec(setting) if setting.isidentifier() else None
    places = (package.submodule_search_locations if package else None) or ()
    for place in places:
        for tokenizer in sorted(Path(place).rglob(_TOKENIZER)):
            return tokenizer.parent
    raise _unmet(setting, "names neither a folder nor an installed package with a model in it")


def _unmet(setting: str, why: str) -> BadSetting:
    return BadSetting(f"FACTCHECK_SEMANTIC_MODEL={setting!r} {why}.")
