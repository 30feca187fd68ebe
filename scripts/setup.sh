#!/bin/sh
# Makes the virtual environment .venv with everything that the demo and the tests need.
# Usage: scripts/setup.sh EXTRAS   (e.g. full,dask,test)
# PYTHON chooses the interpreter (3.10 or newer); a second call only brings .venv up to date.
set -eu
cd "$(dirname "$0")/.."
extras=${1:-full,dask,test}

say() { printf 'set-up: %s\n' "$*"; }
die() { printf 'set-up: %s\n' "$*" >&2; exit 1; }

# Debian packages which Qt needs, with the library that each brings. The first group is needed
# even without a screen, the second to open a window.
always="libegl1:libEGL.so.1 libgl1:libGL.so.1 libxkbcommon0:libxkbcommon.so.0
    libdbus-1-3:libdbus-1.so.3 libfontconfig1:libfontconfig.so.1 libglib2.0-0:libglib-2.0.so.0"
window="libxkbcommon-x11-0:libxkbcommon-x11.so.0 libxcb-cursor0:libxcb-cursor.so.0
    libxcb-icccm4:libxcb-icccm.so.4 libxcb-keysyms1:libxcb-keysyms.so.1
    libxcb-shape0:libxcb-shape.so.0 libxcb-xinerama0:libxcb-xinerama.so.0
    libxcb-image0:libxcb-image.so.0 libxcb-render-util0:libxcb-render-util.so.0"

find_python() {
    for name in ${PYTHON:-} python3.11 python3.12 python3.13 python3.10 python3; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
}

missing() { # of the pairs given, the packages whose library does not load
    "$python" - "$@" <<'PYTHON'
import ctypes, sys
for pair in sys.argv[1:]:
    package, library = pair.split(":")
    try:
        ctypes.CDLL(library)
    except OSError:
        print(package)
PYTHON
}

root_prefix() { # how to run apt-get as root; fails where it may not
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" = 0 ]; then echo env; return; fi
    sudo -n true 2>/dev/null && echo "sudo -n env"
}

apt_install() {
    prefix=$(root_prefix) || return 1
    say "installing system packages:" "$@"
    $prefix DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" \
        >/dev/null 2>&1 && return
    $prefix DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null 2>&1 || return 1
    $prefix DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

python=$(find_python)
[ -n "$python" ] || die "Python 3.10 or newer is needed and was not found (on Debian 12: apt-get install python3)."

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    apt_install python3-venv || die "the module venv of $python is missing (on Debian: apt-get install python3-venv)."
fi

lacking=$(missing $always $window)
if [ -n "$lacking" ] && ! apt_install $lacking; then
    needed=$(missing $always)
    [ -z "$needed" ] || die "Qt needs these system packages, install them first:" $needed
    say "windows need these system packages, all the rest works without:" $(missing $window)
fi

if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    say "making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
fi
say "installing the packages of constraints.txt (some minutes the first time)"
pip=".venv/bin/python -m pip --disable-pip-version-check -qq install --prefer-binary -c constraints.txt"
$pip pip setuptools markdown-it-py mdit-py-plugins
$pip --no-build-isolation --editable ".[$extras]"

QT_QPA_PLATFORM=offscreen .venv/bin/python -c 'from PyQt6.QtWidgets import QApplication; QApplication([])' \
    || die "Qt does not start, see the message above."
say "ready"
