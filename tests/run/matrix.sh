#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# matrix.sh [write]: which case has passed on which kernel, by the results in
# build/logs/: as text, a line for each kernel, or written to docs/matrix.md, for a
# release. KERNELS names fewer. A result of other sources than those that are there
# now is "old", and does not count as passed.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/run/table.sh
. "$TOP/tests/run/table.sh"
cd "$TOP" || exit 1

read -ra kernels <<<"${KERNELS:-$(tests/kernels/kernels.sh names | paste -sd ' ') checked}"
cases=()
# versions: of each kernel; results: of "CASE KERNEL"; left_out: CASE|HOW|REASON|KERNEL
# for each thing that a case has left out there
declare -A folders=() versions=() results=() sums=()
left_out=() days=()

# result FILE.tap SUM: what it says
result() {
	local passed=${1%.tap}.passed

	if [ ! -e "$1" ]; then
		echo -
	elif grep -q '^1\.\.0 # SKIP' "$1"; then
		echo skipped
	elif ! grep -q '^1\.\.' "$1"; then
		echo unfinished
	elif [ ! -e "$passed" ]; then
		echo FAIL
	elif [ "$(<"$passed")" != "$2" ]; then
		echo old
	elif grep -q '^ok .* # SKIP ' "$1"; then
		echo 'in part'
	else
		echo ok
	fi
}

for file in "$BUILD"/logs/*/kernel; do
	[ ! -e "$file" ] || folders[$(<"$file")]=${file%/kernel}
done
for path in tests/cases/*.sh; do
	name=$(basename "$path" .sh)
	cases+=("$name")
	sums[$name]=$(tests/run/result-key.sh "$path") || exit 1
done
for kernel in "${kernels[@]}"; do
	versions[$kernel]=$(basename "${folders[$kernel]:-}")
	for name in "${cases[@]}"; do
		tap=${folders[$kernel]:-}/$name.tap how=', in part'
		results["$name $kernel"]=$(result "$tap" "${sums[$name]}")
		case ${results["$name $kernel"]} in
		skipped) how='' ;&
		'in part')
			while read -r reason; do
				left_out+=("$name|$how|$reason|$kernel")
			done < <(sed -n 's/.*# SKIP //p' "$tap" | sed "s/the kernel ${versions[$kernel]} /this kernel /" | sort -u) ;&
		ok) days+=("$(date -r "$tap" +%F)") ;;
		esac
	done
done

as_text() {
	local kernel name passed rest old missing

	for kernel in "${kernels[@]}"; do
		passed=0 old=0 missing=0 rest=''
		for name in "${cases[@]}"; do
			case ${results["$name $kernel"]} in
			ok|'in part') passed=$((passed + 1)) ;;
			old) old=$((old + 1)) ;;
			skipped|FAIL) rest+="; $name: ${results["$name $kernel"]}" ;;
			*) missing=$((missing + 1)) ;;
			esac
		done
		[ $old = 0 ] || rest+="; $old ran with other sources"
		[ $missing = 0 ] || rest+="; $missing not run"
		printf '%-14s %-28s %s of %s passed%s\n' "$kernel" "${versions[$kernel]}" \
			"$passed" ${#cases[@]} "$rest"
	done
}

# where KERNEL…: these, or all but the others where that is shorter
where() {
	local kernel others=()

	for kernel in "${kernels[@]}"; do
		[[ " $* " = *" $kernel "* ]] || others+=("$kernel")
	done
	if [ ${#others[@]} = 0 ]; then
		echo "all kernels"
	elif [ ${#others[@]} -lt $# ]; then
		echo "all but ${others[*]}"
	else
		echo "$*"
	fi
}

# cell CASE KERNEL
cell() { echo "${results["$1 $2"]}"; }

# as_markdown: the table, and why what was left out
as_markdown() {
	local name how reason list

	cat <<-END
		# Which case passed on which kernel

		\`tests/run/matrix.sh write\` wrote this from the results of \`make check-all\`, of
		$(printf '%s\n' "${days[@]}" | sort -u | sed -n '1p; $p' | uniq | paste -sd ' ' | sed 's/ / to /').
		"in part" means that all tests passed but those that were skipped.

	END
	table case cell "${cases[@]}"
	printf '\n## Skipped\nA kernel, or the machine, lacks what the test takes:\n\n'
	printf '%s\n' "${left_out[@]}" | sort -s -t '|' -k 1,3 | awk -F'|' '
		{ key = $1 "|" $2 "|" $3 }
		key != last { if (NR > 1) print last "|" on; last = key; on = "" }
		{ on = on " " $4 }
		END { print last "|" on }' |
	while IFS='|' read -r name how reason list; do
		# shellcheck disable=SC2086 # several
		echo "- \`$name\`$how: $reason ($(where $list))"
	done
}

case ${1:-} in
'') as_text ;;
write)
	[ -z "${KERNELS:-}" ] ||
		die "the whole matrix is written, without KERNELS: what has not run is listed as such"
	as_markdown >docs/matrix.md ;;
*)	die "usage: matrix.sh [write]" ;;
esac
