#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# matrix.sh [cases | kernels | write]: which case has passed on which kernel,
# from the results that are kept in build/logs/. KERNELS names fewer.
#
#   matrix.sh          as text, a line for each kernel
#   matrix.sh cases    the whole matrix, as the Markdown of docs/matrix.md
#   matrix.sh kernels  a table of the kernels, and what is left out on which of
#                      them, as the Markdown of the README
#   matrix.sh write    puts the two into docs/matrix.md and README.md
#
# A result of other sources than those that are there now counts as "old", and
# not as passed.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

cd "$TOP" || exit 1
read -ra kernels <<<"${KERNELS:-$(scripts/kernels.sh names | tr '\n' ' ') checked}"
cases=(tests/cases/*.sh)
case " ${kernels[*]} " in
*' here '*) cases+=(tests/build/*.sh) ;;
esac

# folders: of each kernel's results; keys: of what each case depends on
declare -A folders=() keys=()
for file in "$BUILD"/logs/*/kernel; do
	[ ! -e "$file" ] || folders[$(<"$file")]=${file%/kernel}
done
for path in "${cases[@]}"; do
	keys[$path]=$(scripts/result-key.sh "$path") || exit 1
done

# name_of CASE
name_of() { basename "$1" .sh; }

# tap_of CASE KERNEL: where its TAP is, or would be
tap_of() { echo "${folders[$2]:-$BUILD/logs/none}/$(name_of "$1").tap"; }

# version_of KERNEL
version_of() {
	local folder=${folders[$1]:-}
	echo "${folder##*/}"
}

# result CASE KERNEL
result() {
	local tap passed

	tap=$(tap_of "$1" "$2")
	passed=${tap%.tap}.passed
	if [[ $1 = tests/build/* && $2 != here ]]; then
		echo
	elif [ ! -e "$tap" ]; then
		echo -
	elif grep -q '^1\.\.0 # SKIP' "$tap"; then
		echo skipped
	elif ! grep -q '^1\.\.' "$tap"; then
		echo unfinished
	elif [ ! -e "$passed" ]; then
		echo FAIL
	elif [ "$(<"$passed")" != "${keys[$1]}" ]; then
		echo old
	elif grep -q '^ok .* # SKIP ' "$tap"; then
		echo 'in part'
	else
		echo ok
	fi
}

# look KERNEL: sets all and passed, numbers of cases, and rest, which says what
# came of the others
look() {
	local path name skipped='' failed='' old=0 missing=0

	all=0 passed=0 rest=''
	for path in "${cases[@]}"; do
		name=$(name_of "$path")
		case $(result "$path" "$1") in
		'') continue ;;
		ok|'in part') passed=$((passed + 1)) ;;
		skipped) skipped+=", $name" ;;
		old) old=$((old + 1)) ;;
		-|unfinished) missing=$((missing + 1)) ;;
		*) failed+=", $name" ;;
		esac
		all=$((all + 1))
	done
	[ -z "$skipped" ] || rest+="; skipped: ${skipped#, }"
	[ -z "$failed" ] || rest+="; FAILED: ${failed#, }"
	[ $old = 0 ] || rest+="; $old ran with other sources"
	[ $missing = 0 ] || rest+="; $missing not run"
}

as_text() {
	local kernel

	for kernel in "${kernels[@]}"; do
		look "$kernel"
		printf '%-14s %-28s %s of %s passed%s\n' "$kernel" \
			"$(version_of "$kernel")" "$passed" "$all" "$rest"
	done
}

# tests_of KERNEL: how many tests have passed, of the cases that have
tests_of() {
	local path

	for path in "${cases[@]}"; do
		case $(result "$path" "$1") in
		ok|'in part') cat "$(tap_of "$path" "$1")" ;;
		esac
	done | grep '^ok ' | grep -vc '# SKIP '
}

# left_out: CASE|HOW|REASON|KERNEL for each thing that a case has left out
left_out() {
	local path kernel how

	for path in "${cases[@]}"; do
		for kernel in "${kernels[@]}"; do
			case $(result "$path" "$kernel") in
			skipped) how='' ;;
			'in part') how=', in part' ;;
			*) continue ;;
			esac
			sed -n 's/.*# SKIP //p' "$(tap_of "$path" "$kernel")" |
				sed "s/the kernel $(version_of "$kernel") /this kernel /" | sort -u |
				sed "s/.*/$(name_of "$path")|$how|&|$kernel/"
		done
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

# reasons: a paragraph, from what left_out prints, if anything
reasons() {
	local name how reason list all

	all=$(left_out)
	[ -n "$all" ] || return 0
	printf '\n%s\n\n' "Left out, because a kernel or the machine lacks what it takes:"
	printf '%s\n' "$all" | awk -F'|' '{
		key = $1 "|" $2 "|" $3
		if (!(key in on)) order[++n] = key
		on[key] = on[key] " " $4
	} END { for (i = 1; i <= n; i++) print order[i] "|" on[order[i]] }' |
	while IFS='|' read -r name how reason list; do
		# shellcheck disable=SC2086 # several
		echo "- \`$name\`$how: $reason ($(where $list))"
	done
}

# of the results: the last day
day() {
	local path kernel last=0 now

	for path in "${cases[@]}"; do
		for kernel in "${kernels[@]}"; do
			now=$(stat -c %Y "$(tap_of "$path" "$kernel")" 2>/dev/null) || continue
			[ "$now" -le "$last" ] || last=$now
		done
	done
	date -d "@$last" +%F
}

kernels_table() {
	local kernel

	echo "What \`make check-all\` has seen to pass, on $(day); [docs/matrix.md](docs/matrix.md) has each case:"
	echo
	echo '| name | kernel | cases that passed | tests |'
	echo '| --- | --- | --- | --- |'
	for kernel in "${kernels[@]}"; do
		look "$kernel"
		echo "| \`$kernel\` | $(version_of "$kernel") |" \
			"$passed of $all$rest |" \
			"$(tests_of "$kernel") |"
	done
	reasons
}

cases_table() {
	local path kernel

	cat <<-END
		# Which case passed on which kernel

		The output of \`make check-all\`, on $(day). \`scripts/matrix.sh write\` puts it here.

		"in part": all passed but the tests that were left out; what, and why, is below the table.

	END
	printf '| case |'
	printf ' %s |' "${kernels[@]}"
	printf '\n| --- |'
	printf ' --- |%.0s' "${kernels[@]}"
	printf '\n| |'
	for kernel in "${kernels[@]}"; do printf ' %s |' "$(version_of "$kernel")"; done
	for path in "${cases[@]}"; do
		printf '\n| %s |' "$(name_of "$path")"
		for kernel in "${kernels[@]}"; do
			printf ' %s |' "$(result "$path" "$kernel")"
		done
	done
	echo
	reasons
}

# between FROM TO: in stdin, the lines between these two become those on fd 3
between() {
	awk -v from="$1" -v to="$2" '
		$0 == to { inside = 0 }
		!inside { print }
		$0 == from { inside = 1; while ((getline line <"/dev/fd/3") > 0) print line }'
}

case ${1:-} in
'') as_text ;;
cases) cases_table ;;
kernels) kernels_table ;;
write)
	from='<!-- what scripts/matrix.sh wrote -->' to='<!-- until here -->'
	[ "$(grep -cxF -e "$from" -e "$to" README.md)" = 2 ] ||
		die "README.md has no lines that say where the table is to go: '$from' and '$to'"
	readme=$(between "$from" "$to" <README.md 3< <(kernels_table)) || exit 1
	printf '%s\n' "$readme" >README.md
	cases_table >docs/matrix.md ;;
*)	die "usage: matrix.sh [cases | kernels | write]" ;;
esac
