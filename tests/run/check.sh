#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh [CASE…]: install what is needed, build, and run the test cases, all
# of tests/cases/ and tests/build/ or the named ones; what "make check" calls.
# Those of tests/build/, which need no guest, run for the kernel "here" only.
#
#   JOBS     guests at a time (default: one per CPU)
#   V=1      print each test, not only each case
#   RESUME   if set, leave out what has passed with the same sources
#   KERNELS  the kernels to run them on, one after the other: names that
#            kernels.sh knows, "checked" for the one of checked-kernel.sh, and
#            "here" (the default) for the one whose headers are installed
#   KVER     for "here": the kernel to build for and to run
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"

# a make that called this is done with its own options
unset MAKEFLAGS MFLAGS MAKELEVEL

# build WHAT TARGET…
build() {
	local what=$1 log=$BUILD/check-build.log
	shift

	with_progress "building $what${KVER:+ for $KVER}" "$log" \
		make -C "$TOP" -j "$(nproc)" --no-print-directory ${KVER:+KVER="$KVER"} "$@" && return
	tail -n 30 "$log" >&2
	die "$what can't be built; the compiler's last lines are above, all of them in $log"
}
trap end_ticker EXIT
trap 'exit 130' INT TERM

cases=()
for name; do
	name=$(basename "$name" .sh)
	path=$(cd "$TOP" && ls tests/cases/"$name".sh tests/build/"$name".sh 2>/dev/null)
	[ -n "$path" ] ||
		die "there is no test case '$name'; there are: $(cd "$TOP/tests" && printf '%s ' {cases,build}/*.sh | sed -E 's,(cases|build)/|\.sh,,g')"
	cases+=("$path")
done

sets=(build guest check)
[ "${KERNELS:-here}" = here ] || sets+=(roots)
"$TOP/scripts/dev/install-deps.sh" "${sets[@]}" || exit 1

if [ ${#cases[@]} = 0 ]; then
	cd "$TOP" || exit 1
	# cases with a VM inside take longest, so they begin first
	mapfile -t cases < <(grep -lE '^# guest:.*nested=yes' tests/cases/*.sh
			     ls tests/build/*.sh
			     grep -LE '^# guest:.*nested=yes' tests/cases/*.sh)
fi

# asked_for WHAT: by one of the cases
asked_for() { (cd "$TOP" && grep -qE "^# guest:.*$1" "${cases[@]}"); }

# build_asked KEY COMMAND…: if a case asks for these sample drivers
build_asked() {
	asked_for "$1=" || return 0
	shift
	"$@" >/dev/null ||
		say "sample drivers are not there, see above: the cases that load them will fail"
}

# build_samples: the kernel's own ones, and those of Linux 5.10
build_samples() {
	build_asked samples "$TOP/tests/kernels/kernel-samples.sh"
	build_asked classic "$TOP/tests/kernels/classic-samples.sh"
}

# quick_vms ARCH: the VMs inside the guests, which use the modules and don't
# have them, run a kernel that is quick to emulate, whatever the guests run
quick_vms() {
	asked_for nested=yes || return 0
	MDEV_VM_KERNEL_ROOT=$("$TOP/tests/kernels/vm-kernel.sh" "$1") || return 1
	export MDEV_VM_KERNEL_ROOT
}

# prepare NAME: builds for it, sets KVER and, if need be, MDEV_KERNEL_ROOT
prepare() {
	case $1 in
	here)
		KVER=$("$TOP/tests/kernels/kernel.sh" version) || return 1
		export KVER
		"$TOP/tests/kernels/kernel.sh" >/dev/null || return 1
		build "the modules" modules test-modules
		build_samples ;;
	checked)
		KVER=$("$TOP/tests/kernels/checked-kernel.sh" version) &&
			MDEV_KERNEL_ROOT=$("$TOP/tests/kernels/checked-kernel.sh") &&
			"$TOP/tests/kernels/checked-kernel.sh" modules >/dev/null || return 1
		export KVER MDEV_KERNEL_ROOT
		quick_vms amd64 || return 1
		MDEV_SUITE_ROOT=$MDEV_KERNEL_ROOT build_samples ;;
	*)
		case $1 in
		*-arm64) "$TOP/scripts/dev/install-deps.sh" arm64 && quick_vms arm64 ;;
		*) quick_vms amd64 ;;
		esac || return 1
		KVER=$("$TOP/tests/kernels/kernels.sh" build "$1") || return 1
		export KVER
		build_asked samples "$TOP/tests/kernels/kernels.sh" samples "$1"
		build_asked classic "$TOP/tests/kernels/kernels.sh" classic "$1" ;;
	esac
}

# to_run: the cases whose results are not there or are of other sources
to_run() {
	local case logs=$BUILD/logs/$KVER

	for case in "${cases[@]}"; do
		if [ -z "${RESUME:-}" ] ||
		   [ "$(cat "$logs/$(basename "$case" .sh).passed" 2>/dev/null)" != \
		     "$("$TOP/tests/run/result-key.sh" "$case")" ]; then
			echo "$case"
		fi
	done
}

verbose=()
[ "${V:-0}" = 0 ] || verbose=(--verbose)

# check NAME: on one kernel
check() {
	local status all

	[ "$1" = here ] || mapfile -t cases < <(printf '%s\n' "${cases[@]}" | grep -v ^tests/build/)
	[ -n "${cases[0]:-}" ] || return 0
	prepare "$1" || return 1
	mkdir -p "$BUILD/logs/$KVER"
	grep -lxF -e "$1" "$BUILD"/logs/*/kernel 2>/dev/null | xargs -r rm
	echo "$1" >"$BUILD/logs/$KVER/kernel"
	cd "$TOP" || return 1
	all=${#cases[@]}
	mapfile -t cases < <(to_run)
	if [ ${#cases[@]} -lt "$all" ]; then
		say "$KVER: of $all cases $((all - ${#cases[@]})) have passed with the same sources"
		[ ${#cases[@]} -gt 0 ] || return 0
	fi
	say "running ${#cases[@]} cases on $KVER; logs: $BUILD/logs/$KVER/"
	prove --jobs "${JOBS:-$(nproc)}" --timer --exec "$TOP/tests/run/run-case.sh" \
		${verbose[@]+"${verbose[@]}"} "${cases[@]}"
	status=$?
	[ $status = 0 ] ||
		say "a case that failed can be run by name: make check CASES=NAME V=1${KERNELS:+ KERNELS=$1}; what it printed is in $BUILD/logs/$KVER/NAME.tap, its kernel's log in NAME.log"
	return $status
}

KVER=${KVER:-} build "the tests' client" test-client
failed=()
for kernel in ${KERNELS:-here}; do
	# each in a shell of its own: one that can't be had is no reason to stop
	(check "$kernel") || failed+=("$kernel")
done
[ ${#failed[@]} = 0 ] || die "not all is well on: ${failed[*]}"
