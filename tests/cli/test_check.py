from pathlib import Path

from tests.cli.conftest import Invoke

FINE = "endpoints: [{name: Website, url: 'http://127.0.0.1:1/'}]\n"


def test_a_fine_file_is_fine(folder: Path, uptally: Invoke) -> None:
    (folder / "probes.yaml").write_text(FINE)
    result = uptally("check")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "probes.yaml is fine: 1 endpoint\n"


def test_all_that_is_wrong_is_said_at_once_on_stdout(folder: Path, uptally: Invoke) -> None:
    (folder / "probes.yaml").write_text("endpoints:\n  - name: Website\n    urll: x\n    interval: soon\n")
    result = uptally("check")
    assert result.exit_code == 1
    places = [line.partition(": ")[0] for line in result.stdout.splitlines()]
    assert places == ["probes.yaml:2:5", "probes.yaml:3:5", "probes.yaml:4:5"]
    assert "did you mean 'url'?" in result.stdout
    assert result.stderr == "probes.yaml cannot be used: 3 errors\n"


def test_what_weakens_the_figures_is_a_finding(folder: Path, uptally: Invoke) -> None:
    (folder / "probes.yaml").write_text(FINE.replace("/'}", "/', interval: 60s, sla: 99.999%}"))
    result = uptally("check")
    assert result.exit_code == 1
    assert "a 60 s interval cannot prove 99.999% (25.9 s a month); 8 s or less can" in result.stdout
    assert result.stderr == "probes.yaml works, with 1 endpoint: 1 finding\n"


def test_a_file_that_is_not_there_is_said(folder: Path, uptally: Invoke) -> None:
    result = uptally("check")
    assert result.exit_code == 1
    assert "`uptally init` writes one" in result.stdout


def test_a_broken_theme_is_told_by_file_and_line_and_costs_no_page(folder: Path, uptally: Invoke) -> None:
    (folder / "probes.yaml").write_text(f"page: {{theme: theme}}\nserver: {{enabled: false}}\n{FINE}")
    (folder / "theme/templates").mkdir(parents=True)
    (folder / "theme/templates/index.html.j2").write_text("<p>\n{{ page.titel }}\n")
    (folder / "site").mkdir(exist_ok=True)
    (folder / "site/index.html").write_text("as it was")
    said = f"{folder}/theme/templates/index.html.j2:2:1: cannot be filled in: "
    result = uptally("check")
    assert (result.exit_code, result.stdout[: len(said)]) == (1, said)
    assert uptally("render").exit_code != 0
    assert (folder / "site/index.html").read_text() == "as it was"
    (folder / "theme/templates/index.html.j2").write_text("<p>\n{{ page.title }}\n")
    assert uptally("check").exit_code == 0


def test_a_language_that_no_page_can_be_written_in_is_told_by_its_page(folder: Path, uptally: Invoke) -> None:
    (folder / "probes.yaml").write_text(
        "page: {language: fr}\n"
        "pages: [{directory: second, language: de}, {directory: third, language: tlh}]\n"
        f"server: {{enabled: false}}\n{FINE}"
    )
    result = uptally("check")
    assert result.exit_code == 1
    first, second = result.stdout.splitlines()
    assert first.startswith("probes.yaml: page.language: there are no messages in 'fr'; there are in de, en: put ")
    assert second.startswith("probes.yaml: pages[1].language: 'tlh' is no language that is known here")
