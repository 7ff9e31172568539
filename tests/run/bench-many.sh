#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# bench-many.sh [write]: what the cases of "make bench-many" counted, by build/logs/:
# as a table, and as a plot for each kernel, build/bench/KVER-many.svg. "write" records
# the table in docs/benchmarks.md, and the first one's plot as docs/benchmarks.svg, for
# a release. KERNELS names the kernels.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/run/table.sh
. "$TOP/tests/run/table.sh"
cd "$TOP" || exit 1

record=docs/benchmarks.md
mark='<!-- make bench-many -->'
read -ra kernels <<<"${KERNELS:-$(tests/kernels/kernels.sh names bench | paste -sd ' ')}"
sides=(ours peer bridge vfio)
# of a side, in the plot
declare -A title=(
	[ours]="mtty on our core" [peer]="the kernel's own"
	[bridge]="our core, no sample" [vfio]="VFIO alone, no core"
)

# counted CASE: "NAME: COUNT" for all that it counted, of the kernel $version
counted() {
	local tap=$BUILD/logs/$version/$1.tap

	grep -q '^# bench ' "$tap" 2>/dev/null ||
		die "$kernel has not been counted: make bench-many KERNELS=$kernel"
	sed -n 's/^# bench //p' "$tap"
}

# value CASE NAME
value() { counted "$1" | sed -n "s/^$2: //p"; }

# numbers: of devices, after which was counted
numbers() { counted many-vfio | sed -n 's/^create, \([0-9]*\) there: .*/\1/p'; }

# cell SIDE NAME NAME: "at first → at last"
cell() { echo "$(value "many-$1" "$2") → $(value "many-$1" "$3")"; }

# row WHAT NAME NAME
row() {
	local side

	printf '| %s | %s |' "$kernel" "$1"
	for side in "${sides[@]}"; do printf ' %s |' "$(cell "$side" "$2" "$3")"; done
	echo
}

as_markdown() {
	local least most

	echo "| kernel | | mtty on our core | the kernel's own | our core, no sample | VFIO alone |"
	echo "| --- | --- | --- | --- | --- | --- |"
	for kernel in "${kernels[@]}"; do
		version=$(tests/kernels/kernels.sh version "$kernel") || exit 1
		least=$(numbers | sed -n 2p)
		most=$(numbers | tail -n 1)
		row "create, none to $most there" "create, 0 there" "create, $most there"
		row "remove, none to $most there" "remove, 0 there" "remove, $most there"
		row "bytes per device, of $least to $most" "bytes per device, of $least" "bytes per device, of $most"
		row_cpus
	done
}

# row_cpus: there is no second parent for the samples
row_cpus() {
	local side one two

	printf '| %s | %s | | |' "$kernel" "1,000 devices on two parents: milliseconds by one CPU / by two"
	for side in bridge vfio; do
		one=$(value "cpus-$side" "milliseconds, one CPU")
		two=$(value "cpus-$side" "milliseconds, two CPUs")
		printf ' %s / %s = %s |' "$one" "$two" "$(ratio "$one" "$two")"
	done
	echo
}

# plot FILE: of $kernel
plot() {
	local data=${1%.svg}.dat number side

	for number in $(numbers); do
		printf '%s' "$number"
		for side in "${sides[@]}"; do
			printf ' %s %s %s' "$(value "many-$side" "create, $number there")" \
				"$(value "many-$side" "remove, $number there")" \
				"$(value "many-$side" "bytes per device, of $number" | grep . || echo '?')"
		done
		echo
	done >"$data"
	{
		cat <<-END
		set terminal svg size 1080,400 background "white"
		set output "$1"
		set multiplot layout 1,3 title "Linux $version"
		set datafile missing "?"
		set xlabel "devices"
		set xtics 20000
		set format y "%.0f"
		set yrange [0:*]
		set key top left
		END
		pane "instructions to create one" 0
		echo "unset key"
		pane "instructions to remove one" 1
		pane "bytes for each" 2
	} | gnuplot
}

# pane TITLE COLUMN
pane() {
	local side column=$((2 + $2)) separator='plot'

	echo "set title \"$1\""
	for side in "${sides[@]}"; do
		printf "%s '%s' using 1:%s with linespoints title \"%s\"" "$separator" "$data" "$column" \
			"${title[$side]}"
		separator=','
		column=$((column + 3))
	done
	echo
}

mkdir -p "$BUILD/bench"
for kernel in "${kernels[@]}"; do
	version=$(tests/kernels/kernels.sh version "$kernel") || exit 1
	plot "$BUILD/bench/$version-many.svg" || exit 1
	say "the plot: $BUILD/bench/$version-many.svg"
done
case ${1:-} in
'')	as_markdown ;;
write)
	table=$(as_markdown) || exit 1
	MARK=$mark TABLE=$table awk '
		$0 == ENVIRON["MARK"] { print; print ENVIRON["TABLE"]; old = 1; next }
		old && /^[|]/ { next }
		{ old = 0; print }' "$record" >"$record.new" && mv "$record.new" "$record" &&
		cp "$BUILD/bench/$(tests/kernels/kernels.sh version "${kernels[0]}")-many.svg" docs/benchmarks.svg ;;
*)	die "usage: bench-many.sh [write]" ;;
esac
