"""Asks whether the locked packages have known weaknesses: `make audit`.

The answer comes from the package index's advisories, by pip-audit. Where they can't be reached that is said, and is no
failure without --strict: a build without a network goes on.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = ("pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json")


class Audit(msgspec.Struct, frozen=True):
    """A line for each weakness, and how many packages the index told of, and did not."""

    found: list[str]
    asked: int
    skipped: int


def read(report: str) -> Audit | None:
    """What a report of pip-audit says; None where it is none."""
    try:
        told: Any = msgspec.json.decode(report)
        packages: list[dict[str, Any]] = told["dependencies"]
        found = [_line(package, one) for package in packages for one in package.get("vulns", ())]
        skipped = sum("skip_reason" in package for package in packages)
    except (msgspec.DecodeError, KeyError, TypeError):
        return None
    return Audit(found, len(packages) - skipped, skipped)


def _line(package: dict[str, Any], weakness: dict[str, Any]) -> str:
    mended = ", ".join(weakness.get("fix_versions") or ()) or "no version yet"
    return f"{package['name']} {package['version']}: {weakness['id']}, mended in {mended}"


def verdict(audit: Audit | None, said: str, *, strict: bool) -> tuple[int, str]:
    """Exit code and text. An index that knows none of the packages has not been asked."""
    if audit is None or not audit.asked:
        why = next((line for line in reversed(said.splitlines()) if line.strip()), "it said nothing")
        why = why if audit is None else f"the package index has none for any of {audit.skipped} packages"
        return int(strict), f"NOT AUDITED: the advisories can't be asked ({why.strip()[:200]})"
    if audit.found:
        cure = "`make lock ARGS=--upgrade` takes newer versions"
        return 1, "\n".join([*audit.found, f"{len(audit.found)} known weaknesses; {cure}"])
    left = f"; {audit.skipped} could not be asked about" if audit.skipped else ""
    return int(strict and audit.skipped > 0), f"no known weakness in {audit.asked} locked packages{left}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.deploy.audit", description=__doc__)
    parser.add_argument("--strict", action="store_true", help="fail where the advisories can't be asked")
    strict = parser.parse_args().strict
    with tempfile.TemporaryDirectory(prefix="muster-audit-") as folder:
        report = Path(folder) / "report.json"
        words = [*COMMAND, "--requirement", str(ROOT / "requirements.lock"), "--output", str(report)]
        done = subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True, check=False)
        audit = read(report.read_text("utf-8")) if report.is_file() else None
    code, text = verdict(audit, done.stderr, strict=strict)
    print(text)
    return code


if __name__ == "__main__":
    sys.exit(main())
