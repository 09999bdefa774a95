#!/bin/sh
# Runs once in a container on the base, without a network; what it leaves under /opt is the image.
# Stdin is a tar: recipe.lock and wheels/. /tmp is a tmpfs and does not last.
set -eu
tar -x -C /tmp

# pip stays in /tmp: the image has none, and nothing that could be installed.
python3 -m venv /tmp/installer
python3 -m venv --without-pip /opt/venv
/tmp/installer/bin/pip --python /opt/venv/bin/python install \
    --quiet --no-index --no-compile --disable-pip-version-check --root-user-action=ignore \
    --require-hashes --find-links /tmp/wheels --requirement /tmp/recipe.lock

# A read-only root cannot hold compiled files made later. Never checked against their sources, they
# load fastest. The packages' own tests stay uncompiled: that halves the time.
python3 -m compileall -q -j0 --invalidation-mode unchecked-hash -x '/tests/' /opt/venv/lib

# The official Python image has its standard library uncompiled.
stdlib=$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
if ! ls "$stdlib"/__pycache__/os.* >/dev/null 2>&1; then
    python3 -m compileall -q -j0 --invalidation-mode unchecked-hash \
        -x '/(test|tests|idlelib|turtledemo|site-packages)/' "$stdlib"
fi
