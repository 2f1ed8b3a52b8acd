"""Parameter sets as files: the one that is shipped, and those that `rukun fit` writes."""

from pathlib import Path

from pydantic import ValidationError

from chassis.language import _
from services.escalation.warning.parameters import Parameters

SHIPPED = Path(__file__).parent / "parameters.json"


def read_parameters(path: Path | None = None) -> Parameters:
    """The set in a file; the shipped one without a path. `ValueError` says in a line what is wrong with it."""
    try:
        return Parameters.model_validate_json((path or SHIPPED).read_text())
    except OSError as error:
        raise ValueError(
            _("{path} tidak dapat dibaca: {strerror}").format(path=path, strerror=error.strerror)
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(
            _("{path} bukan set parameter Rukun: {place}: {msg}").format(path=path, place=place, msg=first["msg"])
        ) from error


def write_parameters(parameters: Parameters, path: Path) -> None:
    """Write a set where nothing is yet: sets are never changed."""
    with path.open("x") as file:
        file.write(parameters.model_dump_json(indent=2) + "\n")
