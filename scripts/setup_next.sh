#!/bin/sh
# Makes the virtual environment .venv-next: that of .venv, with the next generation of ewoks.
# Needs .venv (scripts/setup.sh), whose interpreter and system packages it uses.
# darfix asks for an older ewoks, so packages are installed as constraints.txt lists them, and pip
# resolves the next generation alone.
set -eu
cd "$(dirname "$0")/.."
base=${BASE_PYTHON:-.venv/bin/python}

say() { printf 'set-up of the next ewoks: %s\n' "$*"; }
die() { printf 'set-up of the next ewoks: %s\n' "$*" >&2; exit 1; }

"$base" -c 'import venv' 2>/dev/null || die ".venv must be there, found none. Run scripts/setup.sh first."
if ! .venv-next/bin/python -c 'import pip' 2>/dev/null; then
    say "making .venv-next with $("$base" --version)"
    rm -rf .venv-next
    "$base" -m venv .venv-next
fi
grep -v '^ewoks' constraints.txt >.venv-next/constraints.txt
pip=".venv-next/bin/python -m pip --disable-pip-version-check -qq install --prefer-binary"
say "installing the packages of constraints.txt (some minutes the first time)"
$pip --no-deps -r .venv-next/constraints.txt
say "installing the next generation of ewoks"
$pip -c .venv-next/constraints.txt --upgrade \
    "ewoksorange>=6.0.0rc0,<7" "ewokscore>=5.1.0rc0,<6" "ewoks>=7.0.0rc0,<8"
$pip --no-deps --no-build-isolation --editable .
.venv-next/bin/python -m pip --disable-pip-version-check list 2>/dev/null | grep -E '^(darfix|ewoks)'
say "ready"
