#!/usr/bin/env python3
"""Derives the *.shape files beside this script from recorded answers of a Flink 2.3.0 cluster.

    derive_shapes.py RECORDINGS

RECORDINGS is a directory of JSON files {"request": ..., "status": ..., "response": ...}, each one
request to the cluster and its answer. A shape says what of an answer a client can rely on: a line
for the status, then a line for each path with the JSON types that were seen there. `[]` stands for
the elements of an array, `{}` for the values of an object whose keys are data, `number` for what
Flink prints with a decimal point (or as "NaN"), and a question mark after a path for a field that
not all its objects have. Several recordings of one answer are merged.
"""
import json
import os
import sys

# Shape name: recordings. The first one's request is named in the file.
SHAPES = {
    "config": ["config"],
    "overview": ["overview", "v1-overview"],
    "jobs": ["jobs"],
    "jobs-overview": ["jobs-overview", "jobs-overview-after"],
    "job": ["jobs-id", "jobs-id-failed", "jobs-id-canceled", "jobs-id-finished"],
    "job-plan": ["jobs-id-plan"],
    "job-status": ["jobs-id-status"],
    "job-config": ["jobs-id-config"],
    "job-exceptions": ["jobs-id-exceptions", "jobs-id-exceptions-failed"],
    "job-cancel": ["jobs-id-cancel"],
    "checkpoints": ["jobs-id-checkpoints", "jobs-id-checkpoints-after-savepoint",
                    "jobs-id-checkpoints-restored"],
    "checkpoints-config": ["jobs-id-checkpoints-config"],
    "checkpoint-details": ["jobs-id-checkpoints-details-cid"],
    "checkpoint-trigger": ["jobs-id-checkpoints-trigger"],
    "checkpoint-trigger-running": ["jobs-id-checkpoints-trigger-status-in-progress"],
    "checkpoint-trigger-completed": ["jobs-id-checkpoints-trigger-status-completed"],
    "savepoint-trigger": ["jobs-id-savepoints-trigger"],
    "savepoint-running": ["jobs-id-savepoints-status-in-progress"],
    "savepoint-completed": ["jobs-id-savepoints-status-completed"],
    "stop": ["jobs-id-stop"],
    "stop-running": ["jobs-id-stop-status-in-progress"],
    "stop-completed": ["jobs-id-stop-status-completed"],
    "disposal": ["savepoint-disposal"],
    "disposal-running": ["savepoint-disposal-status-in-progress"],
    "disposal-completed": ["savepoint-disposal-status-completed"],
    "vertex": ["jobs-id-vertices-vid"],
    "vertex-subtasktimes": ["jobs-id-vertices-vid-subtasktimes"],
    "vertex-taskmanagers": ["jobs-id-vertices-vid-taskmanagers"],
    "vertex-watermarks": ["jobs-id-vertices-vid-watermarks"],
    "taskmanagers": ["taskmanagers"],
    "taskmanager": ["taskmanagers-id"],
    "jobmanager-config": ["jobmanager-config"],
    "jars": ["jars"],
    "jar-run": ["jars-id-run", "jars-id-run-from-savepoint", "jars-id-run-failing"],
    "jar-plan": ["jars-id-plan"],
    "jar-delete": ["jars-id-delete"],
    "error-unknown-path": ["error-unknown-path"],
    "error-bad-body": ["error-bad-body"],
    "error-bad-job-id": ["error-bad-job-id"],
    "error-job-not-found": ["error-job-not-found"],
    "error-savepoint-unknown-request": ["error-savepoint-unknown-request"],
}

# Paths whose objects have data as keys.
MAPS = {"checkpoint-details": {".tasks"}, "job-config": {".execution-config.user-config"},
        "job-exceptions": {".exceptionHistory.entries[].failureLabels",
                           ".exceptionHistory.entries[].concurrentExceptions[].failureLabels"}}


def kind(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float) or value == "NaN":
        return "number"
    if isinstance(value, str):
        return "text"
    return "array" if isinstance(value, list) else "object"


class Shape:
    def __init__(self, maps):
        self.maps, self.kinds, self.parents, self.seen = maps, {}, {}, {}

    def add(self, value, path):
        self.kinds.setdefault(path, set()).add(kind(value))
        self.seen[path] = self.seen.get(path, 0) + 1
        if isinstance(value, list):
            for element in value:
                self.add(element, path + "[]")
        elif isinstance(value, dict):
            is_map = path in self.maps
            if not is_map:
                self.parents[path] = self.parents.get(path, 0) + 1
            for key, inner in value.items():
                self.add(inner, path + "{}" if is_map else path + "." + key)

    def lines(self):
        for path in sorted(self.kinds):
            parent = path.rsplit(".", 1)[0]
            is_field = not path.endswith(("[]", "{}")) and path != ""
            is_optional = is_field and self.seen[path] < self.parents.get(parent, 0)
            kinds = "|".join(sorted(self.kinds[path]))
            yield f"{path or '.'}{'?' if is_optional else ''} {kinds}"


def main(recordings, target):
    for name, files in SHAPES.items():
        shape = Shape(MAPS.get(name, set()))
        statuses, request = set(), None
        for file in files:
            with open(os.path.join(recordings, file + ".json"), encoding="utf-8") as handle:
                recording = json.load(handle)
            request = request or recording["request"]
            statuses.add(recording["status"])
            shape.add(recording["response"], "")
        assert len(statuses) == 1, (name, statuses)
        with open(os.path.join(target, name + ".shape"), "w", encoding="utf-8") as out:
            out.write(f"# {request['method']} {request['path']}\n")
            out.write(f"status {statuses.pop()}\n")
            out.writelines(line + "\n" for line in shape.lines())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1], os.path.dirname(os.path.abspath(__file__)))
