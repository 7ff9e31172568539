# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The tables in docs/ that matrix.sh and bench.sh write; bench-many.sh makes its own.

# ratio A B: with two digits
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

# table WHAT CELL ROW…: in Markdown, a row for each WHAT, a column for each of $kernels
# with its $versions; CELL ROW KERNEL prints what stands in a cell
# shellcheck disable=SC2154 # the two are the caller's
table() {
	local what=$1 cell=$2 row kernel
	shift 2

	printf '| %s |' "$what"
	printf ' %s |' "${kernels[@]}"
	printf '\n| --- |'
	printf ' --- |%.0s' "${kernels[@]}"
	printf '\n| |'
	for kernel in "${kernels[@]}"; do printf ' %s |' "${versions[$kernel]}"; done
	for row; do
		printf '\n| %s |' "$row"
		for kernel in "${kernels[@]}"; do printf ' %s |' "$("$cell" "$row" "$kernel")"; done
	done
	echo
}
