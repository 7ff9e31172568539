#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# bench.sh [write]: what the cases of "make bench" counted, by build/logs/: as a
# table, and as JSON in build/bench/KVER.json. Fails where a ratio, ours to the
# kernel's own, is more than 2 % worse than the recorded one, in docs/benchmarks.md.
# "write" records it there and in the README, for a release. KERNELS names the kernels.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/run/table.sh
. "$TOP/tests/run/table.sh"
cd "$TOP" || exit 1

record=docs/benchmarks.md
read -ra kernels <<<"${KERNELS:-$(tests/kernels/kernels.sh names bench | paste -sd ' ')}"
# counts: of "SIDE|OPERATION|KERNEL", where SIDE is a case's name without bench-
declare -A versions=() counts=() known=()
operations=()
core_alone='core alone: ' no_sample='no sample: '

# read_counts SIDE KERNEL: of the core alone what it has a part in
read_counts() {
	local tap=$BUILD/logs/${versions[$2]}/bench-$1.tap name count

	[ -e "$tap" ] || die "$2 has not been counted: make bench KERNELS=$2"
	while IFS='|' read -r name count; do
		counts["$1|$name|$2"]=$count
		case $1 in
		core)
			[[ $name =~ ^(create|remove|bytes) ]] || continue
			name=$core_alone$name ;;
		bridge|vfio)
			name=$no_sample$name ;;
		esac
		[ -n "${known[$name]:-}" ] || operations+=("$name")
		known[$name]=yes
	done < <(sed -n 's/^# bench \(.*\): \([0-9]*\)$/\1|\2/p' "$tap")
}

# get OPERATION KERNEL: sets ours, peer and ratio
get() {
	local sides=(ours peer) name=$1

	case $1 in
	"$core_alone"*) sides=(core peer) name=${1#"$core_alone"} ;;
	"$no_sample"*) sides=(bridge vfio) name=${1#"$no_sample"} ;;
	esac
	ours=${counts["${sides[0]}|$name|$2"]}
	peer=${counts["${sides[1]}|$name|$2"]}
	ratio=$(ratio "$ours" "$peer")
}

# cell OPERATION KERNEL
cell() {
	local ours peer ratio

	get "$1" "$2"
	echo "$ours / $peer = $ratio"
}

# as_markdown: a row for each operation, "ours / the kernel's own = ratio"; without a
# sample it is "ours / VFIO alone"
as_markdown() { table operation cell "${operations[@]}"; }

# What the README shows: a label, and two operations
readme_rows=(
	'create a device, remove it|create, none there|remove, none there'
	'open and close it, the first time and later|open and close, the first time|open and close'
	'read a register, write one|read LSR|write SCR'
	'a byte looped, the same with INTx|a byte looped|a byte looped with INTx'
)

# readme_table: ratios
readme_table() {
	local row label first second kernel ours peer ratio before

	printf '| operation |'
	for kernel in "${kernels[@]}"; do printf ' %s |' "$(cut -d. -f 1,2 <<<"${versions[$kernel]}")"; done
	printf '\n| --- |'
	printf ' --- |%.0s' "${kernels[@]}"
	for row in "${readme_rows[@]}"; do
		IFS='|' read -r label first second <<<"$row"
		printf '\n| %s |' "$label"
		for kernel in "${kernels[@]}"; do
			get "$first" "$kernel"
			before=$ratio
			get "$second" "$kernel"
			printf ' %s, %s |' "$before" "$ratio"
		done
	done
	echo
}

# json KERNEL
json() {
	local name separator='' ours peer ratio

	printf '{\n  "kernel": "%s",\n  "version": "%s",\n  "operations": [' "$1" "${versions[$1]}"
	for name in "${operations[@]}"; do
		get "$name" "$1"
		printf '%s\n    { "name": "%s", "ours": %s, "kernel": %s, "ratio": %s }' \
			"$separator" "$name" "$ours" "$peer" "$ratio"
		separator=,
	done
	printf '\n  ]\n}\n'
}

# recorded: "OPERATION|KERNEL|OURS|PEER" for each figure of the record's table
recorded() {
	awk -F ' *[|] *' '
		$2 == "operation" { for (i = 3; i < NF; i++) kernel[i] = $i }
		$3 ~ /^[0-9]+ \/ [0-9]+ = / {
			for (i = 3; i < NF; i++) {
				split($i, part, " ")
				print $2 "|" kernel[i] "|" part[1] "|" part[3]
			}
		}' "$record"
}

# compare: says what has become worse; fails if something has. Memory differs too much
# from run to run for that.
compare() {
	local name kernel ours_then peer_then ours peer ratio status=0

	while IFS='|' read -r name kernel ours_then peer_then; do
		[[ -n ${known[$name]:-} && -n ${versions[$kernel]:-} && $name != *bytes\ per\ device* ]] || continue
		get "$name" "$kernel"
		awk -v a="$ours" -v b="$peer" -v c="$ours_then" -v d="$peer_then" \
			'BEGIN { exit a / b > 1.02 * c / d }' && continue
		say "worse on $kernel: $name: $ours / $peer = $ratio; $record has $ours_then / $peer_then = $(ratio "$ours_then" "$peer_then")"
		status=1
	done < <(recorded)
	return $status
}

for kernel in "${kernels[@]}"; do
	versions[$kernel]=$(tests/kernels/kernels.sh version "$kernel") || exit 1
	for side in ours core peer bridge vfio; do read_counts "$side" "$kernel"; done
	mkdir -p "$BUILD/bench"
	json "$kernel" >"$BUILD/bench/${versions[$kernel]}.json"
done

case ${1:-} in
'')
	as_markdown
	compare ;;
write)
	[ -z "${KERNELS:-}" ] ||
		die "all kernels are recorded, without KERNELS"
	sed -i '/^| operation |/,$d' "$record" && as_markdown >>"$record" &&
		awk -v table="$(readme_table)" '/^[|] operation [|]/ { print table; skip = 1 }
			/^$/ { skip = 0 } !skip' README.md >"$BUILD/bench/README.md" &&
		cp "$BUILD/bench/README.md" README.md ;;
*)	die "usage: bench.sh [write]" ;;
esac
