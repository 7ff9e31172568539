#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run-case.sh tests/cases/NAME.sh: run a test case in a guest of its own and
# print TAP; prove --exec calls it. Closes with two tests of its own: that the
# guest ran the case to its end, and that its log holds no warning, oops or
# leak report. tests/README.md tells how a case is written.
#
# run-case.sh tests/build/NAME.sh or tests/vendor/NAME.sh: the same without a
# guest, for what the build does, and for drivers built on the package. Such a
# case has bash, TOP and KVER, and begins in a folder of its own.
#
# run-case.sh tests/packages/NAME.sh or tests/install/NAME.sh: likewise, with a root of the Debian release
# SUITE, SUITE_ROOT, and the packages in PACKAGES; logs are in
# build/packages/logs/SUITE/ or build/install/logs/SUITE/.
#
# Kept in build/logs/KVER/: NAME.log (the guest's kernel) and NAME.tap, and if
# all passed NAME.passed, with result-key.sh's checksum.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/run/judge.sh
. "$TOP/tests/run/judge.sh"

case=${1:-}
[ -r "$case" ] || die "usage: run-case.sh tests/cases/NAME.sh"
name=$(basename "$case" .sh)
case $case in
*tests/packages/*|*tests/install/*)
	kver=
	logs=$BUILD/$(basename "$(dirname "$case")")/logs/$SUITE ;;
*)
	kver=$("$TOP/tests/kernels/debian-kernel.sh" version) || exit 1
	logs=$BUILD/logs/$kver ;;
esac
mkdir -p "$logs" || exit 1
log=$logs/$name.log
: >"$log"
rm -f "$logs/$name.passed"
sources=$("$TOP/tests/run/result-key.sh" "$case") || exit 1

# What the case asks for: "# guest: key=value key="several words" …"
options=()
while read -r key value; do
	case $key in
	arch|memory|cpus|timeout|append|modules|programs|files|env|samples|samples_of|selftests|qemu|client)
		options+=("--$key" "$value") ;;
	nested|firmware|icount|disk)
		[ "$value" != yes ] || options+=("--$key") ;;
	*)
		echo "Bail out! $case: '# guest:' knows no $key"
		exit 1 ;;
	esac
done < <(sed -n 's/^# guest: *//p' "$case" |
	 grep -oE '[a-z_]+=("[^"]*"|[^ "]+)' | sed -E 's/^([a-z_]+)="?([^"]*)"?$/\1 \2/')

# Lines that the case itself provokes: "# allow-log: REGEX"
mapfile -t allowed < <(sed -n 's/^# allow-log: *//p' "$case")

guest=
# shellcheck disable=SC2317 # called by the trap
clean_up() {
	trap '' INT TERM HUP PIPE
	if [ -n "$guest" ]; then
		kill "$guest" 2>/dev/null
		wait "$guest"
	fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP PIPE

open_tap "$logs/$name.tap"

in_guest() {
	exec "$TOP/tests/guest/guest.sh" --log "$log" ${options[@]+"${options[@]}"} "$case"
}

here() {
	rm -rf "${log%.log}.work"
	mkdir -p "${log%.log}.work/out" && cd "${log%.log}.work" || exit 1
	TOP=$TOP KVER=$kver CASE_DIR=$PWD/out bash "$1"
	echo "# guest: ended with status $?"
	cd / && rm -rf "${log%.log}.work"
}

case $case in
*tests/build/*|*tests/vendor/*|*tests/packages/*|*tests/install/*) how=here ;;
*) how=in_guest ;;
esac
end='' skipped='' up=''
# start: runs the case, passes on what it prints, and sets these and status
start() {
	exec 4< <($how "$(realpath "$case")" 2>"$logs/$name.err")
	guest=$!
	while IFS= read -r line; do
		line=${line%$'\r'}
		case $line in
		'# guest: up') up=yes; continue ;;
		'# guest: ended with status '*) end=${line##* }; continue ;;
		'# guest: skipped: '*) skipped=${line#\# guest: skipped: }; continue ;;
		esac
		pass_on "$line"
	done <&4
	wait "$guest"
	status=$?
	guest=
}

# An emulated kernel now and then dies or hangs while it boots, through the
# emulator's faults. What has not come to its first process has run nothing of
# ours.
start
if [ $how = in_guest ] && [ -z "$up$skipped" ] && [[ $status = 0 || $status = 124 ]]; then
	tell "# the guest died or hung before its first process ran, and is booted again; see $log.first"
	cp "$log" "$log.first"
	start
fi

if [ "$status" = 77 ] && [ -n "$skipped" ]; then
	tell "1..0 # SKIP $skipped"
	exit
fi

[ "$end" = 0 ] && [ "$status" = 0 ]
if ! judge $? "the case ran to its end"; then
	if [ "$status" = 124 ]; then
		tell "#   it hung, and was ended after the case's time-out; the last command was:"
	elif [ -n "$end" ]; then
		tell "#   the case ended with status $end, QEMU with $status; the last command was:"
	else
		tell "#   it died, QEMU's status is $status; the last command was:"
	fi
	tell "#     ${last:-(none: it did not come that far)}"
	tell "#   the end of its log ($log):"
	tail -n 30 "$log" "$logs/$name.err" | tell_lines
fi

judge_log "$log" "the guest's log holds no warning, oops or leak report" ${allowed[@]+"${allowed[@]}"}
[ -s "$logs/$name.err" ] || rm -f "$logs/$name.err"
tell "1..$tests"
grep -q '^not ok' "$logs/$name.tap" || echo "$sources" >"$logs/$name.passed"
