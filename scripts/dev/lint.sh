#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# checkpatch --strict and kernel-doc over the C files, W=1 and sparse over the
# modules, shellcheck over the scripts, and commits.sh over commits that are not
# upstream yet. Any finding fails.
set -eu

cd "$(dirname "$0")/../.."
# shellcheck source=scripts/common.sh
. scripts/common.sh
# shellcheck source=tests/roots/root.sh
. tests/roots/root.sh
scripts/dev/install-deps.sh build lint
hold lint "make lint"

failed=0
finding() {
	failed=1
	echo "lint: $1" >&2
}

# checkpatch comes with the kernel's source, packed. Newer ones want what older
# kernels don't have: kzalloc_obj(), and const where functions took a pointer to
# what is not const.
# shellcheck disable=SC2317 # called by make_once
unpack_checkpatch() {
	mkdir "$1" &&
		tar -xf "$tarball" -C "$1" --strip-components=2 --wildcards \
		'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' '*/scripts/const_structs.checkpatch' &&
		sed -i -E '/^(bus_type|kobj_type)$/d' "$1/const_structs.checkpatch"
}

echo "checkpatch --strict"
tarball=$(find /usr/src -maxdepth 1 -name 'linux-source-*.tar.xz' | sort -V | tail -n 1)
checkpatch=$CACHE/checkpatch/$(basename "$tarball" .tar.xz)
make_once "$checkpatch" checkpatch "1 MB" "fit for older kernels, $(stat -c %Y "$tarball")" unpack_checkpatch
# Files in review don't exist in a kernel tree: no MAINTAINERS entry is missed.
# The code in the API guide is somebody's first driver.
mkdir -p "$BUILD"
scripts/dev/shown.sh note.c docs/api.md >"$BUILD/note.c"
{ find include src sample_mtty tests/modules -name '*.[ch]' | sort; echo "$BUILD/note.c"; } |
	xargs perl "$checkpatch/checkpatch.pl" --strict --no-tree --terse --no-summary \
		--ignore ALLOC_WITH_SIZEOF -f ||
	finding "checkpatch has something to say"

# kernel-doc comes with what builds modules. Older ones have -v for -Wall, which
# also says what it does.
echo "kernel-doc"
kernel_doc=$(find /usr/lib/linux-kbuild-*/scripts/kernel-doc | sort -V | tail -n 1)
option=-v
! "$kernel_doc" -h 2>&1 | grep -q -e '-Wall' || option=-Wall
log=$BUILD/kernel-doc.log
find include src sample_mtty tests/modules -name '*.[ch]' | sort |
	xargs "$kernel_doc" -none $option >"$log" 2>&1 ||
	finding "kernel-doc fails"
! grep -E 'warning: |error: ' "$log" | grep -v 'no structured comments found' >&2 ||
	finding "kernel-doc has something to say"

echo "W=1 and sparse"
lint_build=$BUILD/lint
rm -rf "$lint_build"
log=$BUILD/lint.log
for target in modules test-modules; do
	if ! make "$target" BUILD="$lint_build" W=1 C=2 >"$log" 2>&1; then
		cat "$log" >&2
		finding "make $target fails"
	elif grep -E 'warning:|error:' "$log" >&2; then
		finding "make $target W=1 C=2 warns"
	fi
done

echo "shellcheck"
find scripts tests .ci debian -type f | sort |
	xargs grep -lE '^#!/bin/(ba)?sh|^#!/usr/bin/env (ba)?sh|^# shellcheck shell=' |
	xargs shellcheck -x || finding "shellcheck has something to say"

echo "commits"
scripts/dev/commits.sh || finding "commits are not as CONTRIBUTING.md wants them"

[ "$failed" = 0 ] && echo "lint: nothing to complain about"
exit "$failed"
