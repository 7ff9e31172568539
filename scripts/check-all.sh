#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-all.sh [CASE…]: run the test cases on every kernel, and print which
# case passed on which; what "make check-all" calls. KERNELS names fewer.
# It takes hours, so it goes on where an earlier run of the same sources was
# ended; "make clean" forgets those results.
#
# The same as a Markdown table: build/logs/matrix.md.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

KERNELS=${KERNELS:-$("$TOP/scripts/kernels.sh" names | tr '\n' ' ') checked}
export KERNELS RESUME=1
"$TOP/scripts/check.sh" "$@"
status=$?

# result TAP-FILE
result() {
	if [ ! -e "$1" ]; then
		echo -
	elif grep -q '^1\.\.0 # SKIP' "$1"; then
		echo skipped
	elif grep -q '^not ok' "$1" || ! grep -q '^1\.\.' "$1"; then
		echo FAIL
	else
		echo ok
	fi
}

mapfile -t cases < <(cd "$BUILD/logs" 2>/dev/null &&
	find . -name '*.tap' | sed 's,.*/,,; s/\.tap$//' | sort -u)
folders=()
for kernel in $KERNELS; do
	for folder in "$BUILD"/logs/*/; do
		[ "$(cat "$folder/kernel" 2>/dev/null)" != "$kernel" ] || folders+=("$folder")
	done
done

{
	printf '| case |'
	printf ' %s |' "${folders[@]##"$BUILD"/logs/}" | sed 's,/ |, |,g'
	printf '\n| --- |'
	printf ' --- |%.0s' "${folders[@]}"
	for name in "${cases[@]}"; do
		printf '\n| %s |' "$name"
		for folder in "${folders[@]}"; do
			printf ' %s |' "$(result "$folder/$name.tap")"
		done
	done
	echo
} >"$BUILD/logs/matrix.md"

for folder in "${folders[@]}"; do
	passed=0 failed='' skipped=''
	for name in "${cases[@]}"; do
		case $(result "$folder/$name.tap") in
		ok) passed=$((passed + 1)) ;;
		skipped) skipped+=" $name" ;;
		*) failed+=" $name" ;;
		esac
	done
	printf '%-14s %-28s %d of %d passed%s%s\n' "$(cat "$folder/kernel")" \
		"$(basename "$folder")" "$passed" "${#cases[@]}" \
		"${failed:+; not:$failed}" "${skipped:+; skipped:$skipped}"
done
echo "As a table: $BUILD/logs/matrix.md ($(date +%F))"
exit $status
