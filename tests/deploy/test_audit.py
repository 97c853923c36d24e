"""What `make audit` makes of the answers of pip-audit; it is asked itself only by hand and in CI."""

import json

import pytest

from tests.deploy.audit import Audit, read, verdict

SKIPPED = '{"dependencies": [{"name": "a", "skip_reason": "not found"}, {"name": "b", "skip_reason": "not found"}]}'
REPORT = {
    "dependencies": [
        {"name": "sound", "version": "1.0", "vulns": []},
        {"name": "skipped", "skip_reason": "not on the index"},
        {"name": "weak", "version": "2.0", "vulns": [{"id": "PYSEC-2025-1", "fix_versions": ["2.1"], "aliases": []}]},
        {"name": "worse", "version": "3.0", "vulns": [{"id": "GHSA-x", "fix_versions": []}]},
    ],
    "fixes": [],
}


def test_a_weakness_is_named_with_what_mends_it() -> None:
    audit = read(json.dumps(REPORT))
    assert audit is not None
    assert audit.found == ["weak 2.0: PYSEC-2025-1, mended in 2.1", "worse 3.0: GHSA-x, mended in no version yet"]
    code, text = verdict(audit, "", strict=False)
    assert code == 1
    assert "make lock ARGS=--upgrade" in text


@pytest.mark.parametrize(("skipped", "strict", "code"), [(0, True, 0), (2, False, 0), (2, True, 1)])
def test_none_is_said_too(skipped: int, strict: bool, code: int) -> None:
    found, text = verdict(Audit([], 5, skipped), "", strict=strict)
    assert found == code
    assert text.startswith("no known weakness in 5 locked packages")
    assert ("2 could not be asked about" in text) == bool(skipped)


@pytest.mark.parametrize("report", ["", "not json", "[]", "{}", SKIPPED])
def test_who_can_not_ask_says_so_and_fails_only_when_strict(report: str) -> None:
    """Also where pip-audit ends well: an index without advisories answers that it knows no package."""
    audit = read(report)
    for strict in (False, True):
        code, text = verdict(audit, "Traceback\nrequests.ConnectionError: no route\n\n", strict=strict)
        assert code == strict
        assert text.startswith("NOT AUDITED")
    assert "no route" in text or report == SKIPPED
