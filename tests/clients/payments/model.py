"""Walks botocore's models of the service. Usage: python -m payments.model KNOWN.

KNOWN is what `typex payments model` prints: by service and operation the members of input and
output, which of the input must be there, its words, the errors, and why an operation, a member or
a word is refused, if it is. What is within a member that no
answer has is not asked for.
"""

import json
import sys

import botocore.session

from .service import CONTROL, DATA

MEMBERS = {"input": "input_shape", "output": "output_shape"}
# Keys come in under RSA alone; the model has the words of all keys.
NOT_TAKEN = {"GetParametersForImport": "WrappingKeyAlgorithm="}
# Of keys in several regions and of approval by teams, both refused.
NEVER_ANSWERED = ("MpaStatus", "ReplicationStatus", "MpaTeamAssociation")


def walk(shape, path: str = "", above: tuple = ()):
    """The paths of all members of a shape, with dots; a shape within itself once."""
    if shape is None or shape.name in above:
        return
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            inner = f"{path}.{name}" if path else name
            yield inner
            yield from walk(member, inner, above + (shape.name,))
    elif shape.type_name == "list":
        yield from walk(shape.member, path, above + (shape.name,))
    elif shape.type_name == "map":
        yield from walk(shape.value, path, above + (shape.name,))


def required(shape, path: str = "", above: tuple = ()):
    """The paths of members that must be there."""
    if shape is None or shape.name in above:
        return
    if shape.type_name == "list":
        yield from required(shape.member, path, above + (shape.name,))
    elif shape.type_name == "structure":
        for name, member in shape.members.items():
            inner = f"{path}.{name}" if path else name
            if name in shape.required_members:
                yield inner
            yield from required(member, inner, above + (shape.name,))


def words(shape, path: str = "", above: tuple = ()):
    """`path=word` for every word of an enumeration."""
    if shape is None or shape.name in above:
        return
    if shape.type_name == "list":
        yield from words(shape.member, path, above + (shape.name,))
    elif shape.type_name == "structure":
        for name, member in shape.members.items():
            inner = f"{path}.{name}" if path else name
            yield from words(member, inner, above + (shape.name,))
    elif shape.type_name == "string":
        yield from (f"{path}={word}" for word in shape.enum)


def within_unanswered(path: str) -> bool:
    """Whether a member is part of one that no answer has."""
    return any(name in NEVER_ANSWERED for name in path.split(".")[:-1])


def missing(service: str, known: dict):
    """What botocore knows of a service and the gateway does not."""
    model = botocore.session.get_session().get_service_model(service)
    for name in model.operation_names:
        operation = model.operation_model(name)
        if name not in known:
            yield f"{service} {name}"
            continue
        ours = known[name]
        for side, shape in MEMBERS.items():
            theirs = {path for path in walk(getattr(operation, shape))
                      if side == "input" or not within_unanswered(path)}
            for path in sorted(theirs - set(ours[side])):
                yield f"{service} {name} {side} {path}"
        for path in sorted(set(required(operation.input_shape)) ^ set(ours["input_required"])):
            yield f"{service} {name} required {path}"
        told = set(ours["input_words"]) | set(ours["input_refused"])
        for word in sorted(set(words(operation.input_shape)) - told):
            if ours["refused"] or word.startswith(NOT_TAKEN.get(name, "none")):
                continue
            yield f"{service} {name} word {word}"
        for error in operation.error_shapes:
            if error.name not in ours["errors"]:
                yield f"{service} {name} error {error.name}"


def unknown(service: str, known: dict):
    """What the gateway says of a service and botocore does not know."""
    model = botocore.session.get_session().get_service_model(service)
    for name in sorted(set(known) - set(model.operation_names)):
        yield f"{service} {name}"


def main(path: str) -> None:
    """Fails on any difference."""
    with open(path, encoding="utf-8") as file:
        known = json.load(file)
    gone = [line for service in (CONTROL, DATA) for line in missing(service, known[service])]
    made_up = [line for service in (CONTROL, DATA) for line in unknown(service, known[service])]
    operations = sum(len(known[service]) for service in (CONTROL, DATA))
    refused = {f"{service} {name}: {told['refused']}" for service in (CONTROL, DATA)
               for name, told in known[service].items() if told.get("refused")}
    print(f"{operations} operations are known, {len(refused)} of them are refused:")
    print("\n".join(sorted(refused)))
    assert not gone, "not known:\n" + "\n".join(gone)
    assert not made_up, "not in botocore:\n" + "\n".join(made_up)


if __name__ == "__main__":
    main(sys.argv[1])
