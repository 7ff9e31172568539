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
#   matrix.sh write    puts the two into docs/matrix.md and README.md, and what
#                      has passed on the kernels into docs/results.tsv
#
# A result of other sources than those that are there now counts as "old", and
# not as passed. All kernels take hours, so what has passed is recorded, in
# docs/results.tsv, for other machines: that counts where build/logs/ has
# nothing of the same kernel and sources. A line there for each result, with tabs between:
# kernel, its version, case, result-key.sh's sum, day, result, tests, and why
# something was left out, with " | " between the reasons.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"

cd "$TOP" || exit 1
record=docs/results.tsv
read -ra kernels <<<"${KERNELS:-$(tests/kernels/kernels.sh names | tr '\n' ' ') checked}"
cases=(tests/cases/*.sh)
case " ${kernels[*]} " in
*' here '*) cases+=(tests/build/*.sh) ;;
esac

# name_of CASE
name_of() { basename "$1" .sh; }

# Of each kernel: its version. Of "CASE KERNEL", if there is a result: that, how
# many tests passed, the day, the reasons for what was left out.
declare -A versions=() results=() tests=() days=() reasons=()
# sums: of what each case depends on; folders: of each kernel's logs
declare -A sums=() folders=()

# tap_result FILE.tap SUM: what it says
tap_result() {
	local passed=${1%.tap}.passed

	if grep -q '^1\.\.0 # SKIP' "$1"; then
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

# tap_reasons FILE.tap VERSION
tap_reasons() {
	sed -n 's/.*# SKIP //p' "$1" | sed "s/the kernel $2 /this kernel /" |
		sort -u | paste -s -d '|' | sed 's/|/ | /g'
}

read_record() {
	local kernel version name sum day result count why path key

	[ -e "$record" ] || return 0
	while IFS=$'\t' read -r kernel version name sum day result count why; do
		path=tests/cases/$name.sh
		[ -e "$path" ] || path=tests/build/$name.sh
		key="$path $kernel"
		[ "${versions[$kernel]:=$version}" = "$version" ] || continue
		if [ "$sum" != "${sums[$path]:-}" ]; then
			results[$key]=old
			continue
		fi
		results[$key]=$result tests[$key]=$count days[$key]=$day reasons[$key]=$why
	done <"$record"
}

# what counts of build/logs/; "old" and "unfinished" only where nothing is recorded
read_logs() {
	local kernel path tap key result

	for kernel in "${!folders[@]}"; do
		for path in "${cases[@]}"; do
			key="$path $kernel"
			tap=${folders[$kernel]}/$(name_of "$path").tap
			[ -e "$tap" ] || continue
			result=$(tap_result "$tap" "${sums[$path]}")
			case $result in
			old|unfinished) [ -z "${results[$key]:-}" ] || continue ;;
			esac
			results[$key]=$result
			tests[$key]=$(grep '^ok ' "$tap" | grep -vc '# SKIP ')
			days[$key]=$(date -r "$tap" +%F)
			reasons[$key]=$(tap_reasons "$tap" "${versions[$kernel]}")
		done
	done
}

for path in "${cases[@]}"; do
	sums[$path]=$(tests/run/result-key.sh "$path") || exit 1
done
for file in "$BUILD"/logs/*/kernel; do
	[ -e "$file" ] || continue
	kernel=$(<"$file")
	folders[$kernel]=${file%/kernel}
	versions[$kernel]=$(basename "${file%/kernel}")
done
read_record
read_logs

# result CASE KERNEL
result() {
	if [[ $1 = tests/build/* && $2 != here ]]; then
		echo
	else
		echo "${results["$1 $2"]:--}"
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
			"${versions[$kernel]:-}" "$passed" "$all" "$rest"
	done
}

# tests_of KERNEL: how many tests have passed, of the cases that have
tests_of() {
	local path sum=0

	for path in "${cases[@]}"; do
		case $(result "$path" "$1") in
		ok|'in part') sum=$((sum + ${tests["$path $1"]})) ;;
		esac
	done
	echo $sum
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
			printf '%s\n' "${reasons["$path $kernel"]}" | sed 's/ | /\n/g' |
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

# what_is_left_out: a paragraph, from what left_out prints, if anything
what_is_left_out() {
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

# of the results: when, by their first and their last day
day() {
	local path kernel first last

	for path in "${cases[@]}"; do
		for kernel in "${kernels[@]}"; do
			case $(result "$path" "$kernel") in
			skipped|ok|'in part') echo "${days["$path $kernel"]}" ;;
			esac
		done
	done | sort -u | sed -n '1p; $p' | uniq | {
		read -r first
		if read -r last; then
			echo "from $first to $last"
		else
			echo "on $first"
		fi
	}
}

# as docs/results.tsv: what has passed
as_record() {
	local path kernel key

	for kernel in "${kernels[@]}"; do
		for path in "${cases[@]}"; do
			key="$path $kernel"
			case $(result "$path" "$kernel") in
			skipped|ok|'in part')
				printf '%s\t' "$kernel" "${versions[$kernel]}" "$(name_of "$path")" \
					"${sums[$path]}" "${days[$key]}" "${results[$key]}" "${tests[$key]}"
				printf '%s\n' "${reasons[$key]}" ;;
			esac
		done
	done
}

kernels_table() {
	local kernel

	echo "What \`make check-all\` has seen to pass, $(day); [docs/matrix.md](docs/matrix.md) has each case:"
	echo
	echo '| name | kernel | cases that passed | tests |'
	echo '| --- | --- | --- | --- |'
	for kernel in "${kernels[@]}"; do
		look "$kernel"
		echo "| \`$kernel\` | ${versions[$kernel]:-} |" \
			"$passed of $all$rest |" \
			"$(tests_of "$kernel") |"
	done
	what_is_left_out
}

cases_table() {
	local path kernel

	cat <<-END
		# Which case passed on which kernel

		The output of \`make check-all\`, $(day). \`tests/run/matrix.sh write\` puts it here.

		"in part": all passed but the tests that were left out; what, and why, is below the table.

	END
	printf '| case |'
	printf ' %s |' "${kernels[@]}"
	printf '\n| --- |'
	printf ' --- |%.0s' "${kernels[@]}"
	printf '\n| |'
	for kernel in "${kernels[@]}"; do printf ' %s |' "${versions[$kernel]:-}"; done
	for path in "${cases[@]}"; do
		printf '\n| %s |' "$(name_of "$path")"
		for kernel in "${kernels[@]}"; do
			printf ' %s |' "$(result "$path" "$kernel")"
		done
	done
	echo
	what_is_left_out
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
	[ -z "${KERNELS:-}" ] ||
		die "the whole matrix is written, without KERNELS: what has not run stands in it as such"
	from='<!-- what tests/run/matrix.sh wrote -->' to='<!-- until here -->'
	[ "$(grep -cxF -e "$from" -e "$to" README.md)" = 2 ] ||
		die "README.md has no lines that say where the table is to go: '$from' and '$to'"
	readme=$(between "$from" "$to" <README.md 3< <(kernels_table)) || exit 1
	printf '%s\n' "$readme" >README.md
	cases_table >docs/matrix.md
	as_record=$(as_record) && printf '%s\n' "$as_record" >"$record" ;;
*)	die "usage: matrix.sh [cases | kernels | write]" ;;
esac
