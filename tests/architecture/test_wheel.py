"""What is installed works: the wheel holds the templates, and each of them renders from there."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

# Runs in the fresh environment. Every name a template asks for is there, is empty and bears anything.
PROGRAM = """
import sys
from pathlib import Path
import jinja2
import listserv, listserv.resources as resources

class Anything(jinja2.ChainableUndefined):
    def __call__(self, *a, **k): return self
    def _same(self, *a): return self
    def _no(self, *a): return False
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __mod__ = _same
    __lt__ = __le__ = __gt__ = __ge__ = _no
    def __int__(self): return 0
    def __index__(self): return 0
    def __round__(self, *a): return 0
    def __len__(self): return 0
    def __format__(self, spec): return ""

assert Path(listserv.__file__).is_relative_to(sys.prefix), listserv.__file__
assert resources.templates_folder().is_relative_to(sys.prefix), resources.templates_folder()
environment = resources.environment().overlay(undefined=Anything)
names = environment.list_templates(filter_func=lambda name: name.endswith((".txt", ".html", ".toml", ".atom", ".xml")))
for name in names:
    for locale in ("en", "mi"):
        environment.get_template(name).render(locale=locale)
print("\\n".join(names))
"""


def _run(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The python of a fresh environment with our wheel; what it depends on is borrowed from this one."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, folder=root)
    [wheel] = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=False, symlinks=True)
    python = folder / "env" / "bin" / "python"
    _run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        wheel,
        folder=folder,
    )
    site = _run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=folder).strip()
    (Path(site) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def test_every_template_renders_from_the_wheel(installed: Path, root: Path, tmp_path: Path) -> None:
    rendered = _run(installed, "-I", "-c", PROGRAM, folder=tmp_path).split()
    assert "config/listserv.toml" in rendered
    here = [path for path in (root / "templates").rglob("*") if path.suffix in (".txt", ".html", ".toml", ".atom")]
    assert len(rendered) == len(here)


def test_the_command_line_is_installed(installed: Path, tmp_path: Path) -> None:
    from listserv import __version__

    assert __version__ in _run(installed.with_name("listserv"), "version", folder=tmp_path)
