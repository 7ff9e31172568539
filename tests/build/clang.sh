# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A kernel that was compiled by clang: its modules are, too, without being asked. What
# is called clang here only says that it was called.
# shellcheck source=tests/lib/headers.sh
. "$TOP/tests/lib/headers.sh"

copy_headers clang
# shellcheck disable=SC2016 # for sed
edit "$copy/include/config/auto.conf" '$aCONFIG_CC_IS_CLANG=y'

# Debian's headers name their own
[ ! -e "$copy/.kernelvariables" ] || edit "$copy/.kernelvariables" '/^CC = /d'

step "It is not here"
mkdir -p "$work/without" "$work/with"
IFS=: read -ra folders <<<"$PATH"
for folder in "${folders[@]}"; do
	# all programs but those of LLVM
	find "$folder/" -maxdepth 1 ! -type d ! -name 'clang*' ! -name '*lld*' ! -name 'llvm-*' \
		-exec ln -s -t "$work/without" {} + 2>/dev/null
done
# shellcheck disable=SC2123 # nothing else is to be found
PATH=$work/without
refuses "The kernel $KVER was compiled by clang, which is not here: install clang" clang "it is asked for"

edit "$copy/include/config/auto.conf" '/^CONFIG_CC_IS_CLANG=/d'
refuses "LLVM=1 asks for clang, which is not here: install clang" clang "it is asked for with a kernel of gcc's" LLVM=1 probe
# shellcheck disable=SC2016 # for sed
edit "$copy/include/config/auto.conf" '$aCONFIG_CC_IS_CLANG=y'

step "It is here"
printf '#!/bin/sh\necho "$*" >>%s\necho "error: no compiler today" >&2\nexit 1\n' "$work/called" >"$work/with/clang"
chmod +x "$work/with/clang"
PATH=$work/with:$PATH
fails "it is called" make_for clang probe
contains "to compile" "$(cat "$work/called")" 'src/compat/probe/must_compile\.c'
contains "what it says is shown" "$err" "The compiler clang can't build modules for $KVER at all: error: no compiler today"

step "Another is asked for"
rm "$work/called"
rm -rf "$work/clang/build"
fails "it can't know clang's options" make_for clang LLVM= probe
contains "that is said" "$err" "can't build modules for $KVER at all: gcc"
fails "clang was not called" test -e "$work/called"
