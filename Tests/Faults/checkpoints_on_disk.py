"""What is on the disk of a job's checkpoints, read from outside."""

import os
import re

START = re.compile(rb"shared/chk-|chk-")
NAME = re.compile(rb"[0-9a-zA-Z._/-]+-a\d+-[0-9a-zA-Z._-]+")
ATTEMPT = re.compile(r"-a(\d+)-")


def complete(directory):
    """Numbers of the complete checkpoints, ascending."""
    try:
        names = os.listdir(directory)
    except FileNotFoundError:
        return []
    numbers = [int(name[4:]) for name in names if re.fullmatch(r"chk-\d+", name)]
    return sorted(n for n in numbers if os.path.exists(f"{directory}/chk-{n}/manifest"))


def files_of(directory, number):
    """Files that a manifest names; None if it is gone."""
    try:
        with open(f"{directory}/chk-{number}/manifest", "rb") as file:
            content = file.read()
    except FileNotFoundError:
        return None
    # Texts have their length in front, in one byte where it is less than 128.
    names = {content[at.start():at.start() + content[at.start() - 1]] for at in START.finditer(content)}
    return sorted(name.decode() for name in names if NAME.fullmatch(name))


def missing(directory):
    """Files of the newest complete checkpoint that are not there, as text; empty if it is whole."""
    numbers = complete(directory)
    if not numbers:
        return []
    newest = numbers[-1]
    gone = [name for name in files_of(directory, newest) or []
            if not os.path.exists(f"{directory}/{name}")]
    # Retention may have been faster than this look, if there is a newer one now.
    if gone and complete(directory)[-1:] == [newest]:
        return [f"checkpoint {newest} names {name}, which is not there" for name in gone]
    return []


def files(directory):
    """All files below, by their names, with the attempt in each name."""
    found = {}
    for place, _, names in os.walk(directory):
        for name in names:
            path = os.path.relpath(os.path.join(place, name), directory)
            attempt = ATTEMPT.search(path)
            found[path] = int(attempt.group(1)) if attempt else None
    return found
