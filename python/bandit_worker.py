"""Bandit kept warm: JSON lines on stdin ({"id", "files", "strict"}), findings as JSON lines on stdout.

Uses Bandit's own manager per file, so that rules, severities, confidences and lines are those of its command line.
Only parses what it is given; nothing of it is imported or run.
"""

import io
import json
import logging
import resource
import sys
import warnings

from bandit.core import config, manager

MEMORY_BYTES = 2 * 1024**3
# Bandit walks a syntax tree by recursion; what it cannot walk it would skip.
RECURSION_LIMIT = 5000
UNREADABLE = {"rule": "unreadable", "cwe": "", "severity": "HIGH", "confidence": "HIGH", "line": 1}


def scan(request: dict) -> list:
    """Findings of all Python files of a request, files in the order of their names."""
    bandit = manager.BanditManager(CONFIG, "file", ignore_nosec=request["strict"])
    findings = []
    for name in sorted(request["files"]):
        if not name.endswith(".py"):
            continue
        bandit.results, bandit.skipped = [], []
        source = request["files"][name].encode("utf-8", "surrogatepass")
        bandit._parse_file(name, io.BytesIO(source), [name])
        findings += [describe(name, issue) for issue in bandit.get_issue_list()]
        if bandit.skipped and request["strict"]:
            findings.append({**UNREADABLE, "file": name, "message": bandit.skipped[0][1]})
    return findings


def describe(name: str, issue) -> dict:
    return {
        "rule": issue.test_id,
        "cwe": f"CWE-{issue.cwe.id}" if issue.cwe.id else "",
        "severity": issue.severity,
        "confidence": issue.confidence,
        "file": name,
        "line": issue.lineno,
        "message": issue.text,
    }


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(RECURSION_LIMIT)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps({"id": request["id"], "findings": scan(request)}), flush=True)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    CONFIG = config.BanditConfig()
    main()
