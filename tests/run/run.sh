#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh check | long | all | vendor | bench | bench-many | packages | install | system
# [CASE…]: install what is needed, build, and run test cases, all or the named ones; what
# "make check", "make bench", "make bench-many" and "make check-long", -all, -vendor,
# -packages, -install and -system call.
#
#   check     tests/cases/ in guests, and for the kernel "here" tests/build/; without
#             those that have a line "# long: WHY"
#   long      likewise, only those
#   all       both on every kernel, with a table at the end. That takes hours, so
#             it goes on where an earlier run of the same sources was ended.
#   vendor    tests/vendor/dkms.sh installs the package and a driver outside this tree
#             with the dkms of the kernel's release; tests/cases/api-guide.sh loads
#             in a guest what came of it
#   bench     tests/bench/, whose counts tests/run/bench.sh compares
#   bench-many  tests/bench-many/, of which tests/run/bench-many.sh makes a table and plots
#   packages  tests/packages/, each in a root of its own of a Debian release
#   install   tests/install/, each on a bare machine of a Debian release
#   system    tests/system/, the package in a whole Debian in a guest
#
#   KERNELS  for the first six: the kernels, one after the other; names of
#            tests/kernels/table, "checked" for that of own-kernel.sh, and "here"
#            (the default of check and long) for the one whose headers are installed
#   KERNEL_TREE  for check and long: a source tree with a kernel and its modules
#            built in it, to run on that one; KERNELS calls it "tree"
#   KVER     for "here": the kernel to build for and to run
#   SUITES   for the last three: the releases (default: as the table says)
#   JOBS     cases at a time (default: one per CPU; two for packages)
#   V=1      print each test, not only each case
#   RESUME   if set, leave out what has passed with the same sources
#   DEB      for system: the package (default: what "make deb" builds)
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/roots/root.sh
. "$TOP/tests/roots/root.sh"
# shellcheck source=tests/guest/arch.sh
. "$TOP/tests/guest/arch.sh"
cd "$TOP" || exit 1

kind=${1:-}
[ $# = 0 ] || shift
verbose=()
[ "${V:-0}" = 0 ] || verbose=(--verbose)
trap_end() {
	trap end_ticker EXIT
	trap 'exit 130' INT TERM HUP
}
trap_end

# kernels_sh ARGUMENT…
kernels_sh() { tests/kernels/kernels.sh "$@"; }

# find_cases FOLDER… -- NAME…: sets cases to the named ones, or all
find_cases() {
	local folders=() name path

	while [ "$1" != -- ]; do
		folders+=("tests/$1")
		shift
	done
	shift
	cases=()
	for name; do
		name=$(basename "$name" .sh)
		path=$(ls "${folders[@]/%//$name.sh}" 2>/dev/null)
		[ -n "$path" ] ||
			die "there is no test case '$name'; there are: $(find "${folders[@]}" -maxdepth 1 -name '*.sh' -printf '%f\n' | sed 's/\.sh$//' | sort | paste -sd ' ')"
		cases+=("$path")
	done
}

# one_of WORD… -- NAME…: each name is one of the words
one_of() {
	local words=() name

	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	for name; do
		[[ " ${words[*]} " = *" $name "* ]] || die "there is no '$name'; there are: ${words[*]}"
	done
}

# find_kernels NAME…, find_suites FOR: that KERNELS or SUITES names none but such
# shellcheck disable=SC2086 # several
find_kernels() { one_of "$@" -- ${KERNELS:-}; }
# shellcheck disable=SC2046,SC2086 # several
find_suites() { one_of $(kernels_sh suites "$1") -- ${SUITES:-}; }

# all_cases KIND: for check, long or all. Those with a VM inside take longest, so they
# begin first.
all_cases() {
	local find=(cat)

	case $1 in
	check) find=(xargs grep -L '^# long: ') ;;
	long) find=(xargs grep -l '^# long: ') ;;
	esac
	{
		grep -lE '^# guest:.*nested=yes' tests/cases/*.sh
		ls tests/build/*.sh
		grep -LE '^# guest:.*nested=yes' tests/cases/*.sh
	} | "${find[@]}"
}

# run_cases JOBS WHERE LOGS CASE…
run_cases() {
	local jobs=$1 where=$2 logs=$3
	shift 3

	say "running $# cases on $where; logs: $logs/"
	prove --jobs "$jobs" --timer --exec "${EXEC:-tests/run/run-case.sh}" \
		${verbose[@]+"${verbose[@]}"} "$@" && return
	say "a case that failed can be run by name; what it printed is in $logs/NAME.tap, its kernel's log in NAME.log"
	return 1
}

# for_each FUNCTION TARGET…: each in a shell of its own, which has no traps at first:
# one that can't be had is no reason to stop
for_each() {
	local function=$1 target failed=()
	shift

	for target; do
		(trap_end && "$function" "$target") || failed+=("$target")
	done
	[ ${#failed[@]} -gt 0 ] || return 0
	[ $# = 1 ] || say "not all is well on: ${failed[*]}"
	exit 1
}

# build WHAT TARGET…
build() {
	local what=$1 log=$BUILD/check-build.log
	shift

	with_progress "building $what${KVER:+ for $KVER}" "$log" \
		flock "$BUILD/build.lock" make -j "$(nproc)" --no-print-directory ${KVER:+KVER="$KVER"} "$@" && return
	tail -n 30 "$log" >&2
	die "$what can't be built; the compiler's last lines are above, all of them in $log"
}

# asked_for WHAT: by one of the cases
asked_for() { grep -qE "^# guest:.*$1" "${cases[@]}"; }

# build_samples ARCH COMMAND…: those that a case for such a kernel asks for, by COMMAND
# kernel, 5.10 or ccw
build_samples() {
	local arch=$1 whose
	shift

	for whose in kernel 5.10 ccw; do
		case $whose in
		kernel) grep -E '^# guest:.*samples=' "${cases[@]}" | grep -qv samples_of= ;;
		5.10) asked_for samples_of=5.10 ;;
		ccw) [ "$arch" = s390x ] && asked_for samples_of=ccw ;;
		esac || continue
		"$@" $whose >/dev/null ||
			say "sample drivers are not there, see above: the cases that load them will fail"
	done
}

# build_selftests ARCH ROOT: there, as that is where its compiler is
build_selftests() {
	! asked_for selftests=vfio || [ -z "$(arch_fact "$1" selftests)" ] ||
		MDEV_SUITE_ROOT=$2 tests/kernels/vfio-selftests.sh "$1" >/dev/null ||
		say "the selftests are not there, see above: the case that runs them will fail"
}

# build_client_32 ARCH
build_client_32() {
	local cross

	cross=$(cross_32_of "$1") || return 1
	[ -n "$cross" ] && asked_for client=32 || return 0
	scripts/dev/install-deps.sh "client-32-$1" || return 1
	build "the tests' client of 32 bits" test-client CROSS_COMPILE="$cross"
}

# quick_vms ARCH: the VMs inside the guests, which use the modules and don't have
# them, run a kernel that is quick to emulate, whatever the guests run
quick_vms() {
	asked_for nested=yes && [ -n "$(arch_fact "$1" vm)" ] || return 0
	MDEV_VM_KERNEL_ROOT=$(KERNEL_ARCH=$1 tests/kernels/own-kernel.sh vm) || return 1
	export MDEV_VM_KERNEL_ROOT
}

# prepare KERNEL: builds for it, sets KVER and, if need be, MDEV_KERNEL_ROOT
prepare() {
	local own=tests/kernels/own-kernel.sh arch

	case $1 in
	here)
		KVER=$(tests/kernels/debian-kernel.sh version) && export KVER &&
			tests/kernels/debian-kernel.sh >/dev/null || return 1
		build "the modules" modules test-modules
		build_client_32 "$HOST_ARCH"
		build_samples "$HOST_ARCH" tests/kernels/samples.sh ;;
	checked)
		KVER=$($own checked version) && MDEV_KERNEL_ROOT=$($own checked) &&
			$own checked modules >/dev/null && quick_vms amd64 &&
			build_client_32 amd64 || return 1
		export KVER MDEV_KERNEL_ROOT
		MDEV_SUITE_ROOT=$MDEV_KERNEL_ROOT build_samples amd64 tests/kernels/samples.sh ;;
	tree)
		MDEV_KERNEL_ROOT=$(tests/kernels/tree-kernel.sh) || return 1
		export KVER MDEV_KERNEL_ROOT
		build "the modules" KDIR="$KERNEL_TREE" modules test-modules
		build_samples "$HOST_ARCH" tests/kernels/samples.sh ;;
	*)
		arch=$(kernels_sh arch "$1") || return 1
		[ "$arch" = "$HOST_ARCH" ] || scripts/dev/install-deps.sh "$arch" || return 1
		quick_vms "$arch" && build_client_32 "$arch" && KVER=$(kernels_sh build "$1") || return 1
		export KVER
		build_samples "$arch" kernels_sh samples "$1"
		[ "$arch" = "$HOST_ARCH" ] || build_selftests "$arch" "$(kernels_sh root "$1")" ;;
	esac
}

# to_run: the cases whose results are not there or are of other sources
to_run() {
	local case

	for case in "${cases[@]}"; do
		if [ -z "${RESUME:-}" ] ||
		   [ "$(cat "$BUILD/logs/$KVER/$(basename "$case" .sh).passed" 2>/dev/null)" != \
		     "$(tests/run/result-key.sh "$case")" ]; then
			echo "$case"
		fi
	done
}

# check KERNEL
check() {
	local all logs

	[ "$1" = here ] || mapfile -t cases < <(printf '%s\n' "${cases[@]}" | grep -v ^tests/build/)
	if [ -z "${cases[0]:-}" ]; then
		say "$1: nothing to run, the cases of tests/build/ are for the kernel \"here\" only"
		return
	fi
	case $1 in
	here) KVER=$(tests/kernels/debian-kernel.sh version) ;;
	checked) KVER=$(tests/kernels/own-kernel.sh checked version) ;;
	tree) KVER=$(tests/kernels/tree-kernel.sh version) ;;
	*) KVER=$(kernels_sh version "$1") ;;
	esac || return 1
	hold "$KVER" "make check KERNELS=$1"
	prepare "$1" || return 1
	logs=$BUILD/logs/$KVER
	mkdir -p "$logs"
	grep -lxF -e "$1" "$BUILD"/logs/*/kernel 2>/dev/null | xargs -r rm
	echo "$1" >"$logs/kernel"
	all=${#cases[@]}
	mapfile -t cases < <(to_run)
	if [ ${#cases[@]} -lt "$all" ]; then
		say "$KVER: of $all cases $((all - ${#cases[@]})) have passed with the same sources"
		[ ${#cases[@]} -gt 0 ] || return 0
	fi
	run_cases "${JOBS:-$(nproc)}" "$KVER" "$logs" "${cases[@]}"
}

# vendor KERNEL: one case after the other, the second takes what the first has made
vendor() {
	KVER=$(kernels_sh version "$1") && MDEV_SUITE_ROOT=$(kernels_sh root "$1") || return 1
	MDEV_MODULES=$BUILD/installed/$KVER
	export KVER MDEV_SUITE_ROOT MDEV_MODULES
	rm -rf "$MDEV_MODULES"
	run_cases 1 "$KVER" "$BUILD/logs/$KVER" tests/vendor/dkms.sh tests/cases/api-guide.sh
}

# run_cases_for SUITE JOBS WHERE LOGS: all, but for those that name others in a line
# "# suites: …". The longest scripts take longest, so they begin first.
run_cases_for() {
	local suite=$1 selected
	shift

	mapfile -t selected < <({ grep -L '^# suites:' "${cases[@]}"
		grep -lwE "^# suites:.* $suite" "${cases[@]}"; } | sort | xargs -r ls -S)
	if [ ${#selected[@]} = 0 ]; then
		say "none of these cases is for $suite"
	else
		run_cases "$@" "${selected[@]}"
	fi
}

# packages SUITE
packages() {
	SUITE=$1 CCACHE=$CACHE/ccache/$1
	SUITE_ROOT=$(tests/roots/make.sh packages "$1") || return 1
	export SUITE SUITE_ROOT CCACHE
	run_cases_for "$1" "${JOBS:-2}" "$1" "$BUILD/packages/logs/$1"
}

# install SUITE
install() {
	SUITE=$1
	SUITE_ROOT=$(tests/roots/make.sh bare "$1") || return 1
	export SUITE SUITE_ROOT
	run_cases_for "$1" "${JOBS:-1}" "a bare $1" "$BUILD/install/logs/$1"
}

# for_bench KERNEL: what the counted cases need
for_bench() {
	KVER=$(kernels_sh version "$1") || return 1
	hold "$KVER" "make $kind KERNELS=$1"
	kernels_sh build "$1" >/dev/null && kernels_sh samples "$1" bench >/dev/null || return 1
	export KVER
}

# bench KERNEL
bench() {
	for_bench "$1" &&
		run_cases "${JOBS:-$(nproc)}" "$KVER" "$BUILD/logs/$KVER" tests/bench/*.sh
}

# bench_many KERNEL: those that measure time run alone
bench_many() {
	for_bench "$1" &&
		run_cases 1 "$KVER" "$BUILD/logs/$KVER" tests/bench-many/cpus-*.sh &&
		run_cases "${JOBS:-$(nproc)}" "$KVER" "$BUILD/logs/$KVER" tests/bench-many/many-*.sh
}

# make_packages: those of this version, and of the one after it, the same with
# another number; its rpm twice, the second time with a higher release number
make_packages() {
	local next=$BUILD/packages/next version next_version date make

	scripts/package/deb.sh && scripts/package/rpm.sh && scripts/package/rpm.sh kmod-source &&
		cp "$BUILD"/deb/*.{deb,dsc,changes,buildinfo,tar.*} "$BUILD"/{rpm,kmod}/*.rpm "$PACKAGES" || return 1
	version=$(scripts/build/version.sh)
	next_version=${version%.*}.$((${version##*.} + 1))
	rm -rf "$next"
	mkdir -p "$next"
	git ls-files -z | tar -c --null --files-from - | tar -x -C "$next" || return 1
	date=$(dpkg-parsechangelog -S Date)
	sed -i "s/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"$next_version\"/" "$next/dkms.conf"
	sed -i -E "s,(mdev(-dkms[-_]|/))$version,\1$next_version,g" "$next/README.md"
	sed -i "0,/^## /s/^## [^ ]*/## $next_version/" "$next/NEWS.md"
	sed -i "1i mdev-dkms ($next_version-1) unstable; urgency=medium\n\n  * The next one.\n\n -- $(cat scripts/package/maintainer)  $date\n" \
		"$next/debian/changelog"
	sed -i "s/^Version: .*/Version: $next_version/; /^%changelog/,\$s/^\(\* .*\) [^ ]*$/\1 $next_version-1/" \
		"$next/rpm/mdev-dkms.spec"
	(cd "$next" && git init -q . && git add -A)
	make=(env SOURCE_DATE_EPOCH="$(date -d "$date" +%s)" BUILD="$next/build")
	"${make[@]}" "$next/scripts/package/deb.sh" && "${make[@]}" "$next/scripts/package/rpm.sh" &&
		cp "$next"/build/{deb/*.deb,rpm/*.noarch.rpm} "$PACKAGES" &&
		"${make[@]}" "$next/scripts/package/rpm.sh" --define 'dist .2' &&
		cp "$next"/build/rpm/*.noarch.rpm "$PACKAGES"
}

# build_deb: prints where a copy is that another "make deb" leaves alone
build_deb() {
	local deb

	hold deb "make check-system"
	deb=$(scripts/package/deb.sh) && mkdir -p "$BUILD/system" && cp "$deb" "$BUILD/system/" &&
		echo "$BUILD/system/$(basename "$deb")"
}

# make_vm DIR: the VM that the tests boot in the guest; the script that it runs
# is put behind its initramfs
make_vm() {
	local kernel work=$1/vm.work

	kernel=$(tests/kernels/own-kernel.sh vm) || return 1
	tests/guest/initramfs.sh --kernel-root "$kernel" --vm "$1/vm" &&
		mkdir -p "$work/lib" &&
		cp -r tests/lib "$work/lib/tests" &&
		cp -r tests/guest/vm "$work/lib/tests/" &&
		cp tests/system/vm.sh "$work/script" &&
		(cd "$work" && find . | cpio -o -H newc --quiet) >>"$1/vm/initramfs" &&
		rm -r "$work"
}

# make_disks DIR ROOT: the system's disk, and a tar file as the second disk
make_disks() {
	mkdir -p "$1/tests/debs" &&
		cp -r tests/system/. tests/lib/tap.sh tests/lib/system.sh "$1/tests/" &&
		cp "$DEB" "$1/tests/debs/" &&
		cp -r debian/tests "$1/tests/autopkgtest" &&
		make_vm "$1/tests" &&
		tar -C "$1/tests" -cf "$1/tests.tar" . &&
		truncate -s 8G "$1/disk" &&
		mke2fs -q -F -t ext4 -d "$2" "$1/disk" &&
		rm -r "$1/tests"
}

# end_guest: of a system's run that was cut short
end_guest() {
	local pid

	trap '' INT TERM HUP
	end_ticker
	pid=$(cat "$dir/qemu.pid" 2>/dev/null) || return 0
	rm -f "$dir/qemu.pid"
	! grep -qszxF "DISK=$dir/disk" "/proc/$pid/environ" || kill "$pid"
}

# system SUITE: the topics of its boots, as tests/system/plan has them
system() {
	local root boot topic topics=()

	dir=$BUILD/system/$1
	root=$(tests/roots/system-root.sh "$1") || return 1
	rm -rf "$dir"
	mkdir -p "$dir/topics" || return 1
	trap end_guest EXIT
	with_progress "making the disk of $1" "$dir/disk.log" make_disks "$dir" "$root" || {
		tail -n 5 "$dir/disk.log" >&2
		die "the disk could not be made, the last lines are above; is there 8 GB of room in $BUILD?"
	}
	while read -r boot topic; do
		ln -s "$TOP/tests/system/$topic.sh" "$dir/topics/$boot-$topic.sh"
		topics+=("$dir/topics/$boot-$topic.sh")
	done < <(grep -v '^#' tests/system/plan)
	EXEC=tests/run/system-topic.sh run_cases 1 "a Debian $1" "$dir" "${topics[@]}"
}

case $kind in
vendor|system|bench|bench-many)
	[ $# = 0 ] || die "these tests are run as a whole, so CASES=\"$*\" names nothing: leave it out" ;;
esac
case $kind in
check|long|all)
	if [ "$kind" = all ]; then
		KERNELS=${KERNELS:-$(kernels_sh names | paste -sd ' ') checked} RESUME=1
		export KERNELS
	fi
	KERNELS=${KERNELS:-${KERNEL_TREE:+tree}}
	# shellcheck disable=SC2046 # several
	find_kernels here checked ${KERNEL_TREE:+tree} $(kernels_sh names)
	find_cases cases build -- "$@"
	check_kernel_root
	[[ " ${KERNELS:-here} " != *" tree "* ]] || tests/kernels/tree-kernel.sh version >/dev/null || exit 1
	need_room 300 "$BUILD" "a run of the tests"
	sets=(build guest check)
	if [[ ${KERNELS:-here} != @(here|tree) ]]; then
		need_root_rights "building for other kernels than that of the installed headers"
		sets+=(roots)
	fi
	if [ ${#cases[@]} = 0 ]; then
		mapfile -t cases < <(all_cases "$kind")
		[ "$kind" != check ] || say "\"make check-long\" runs further cases: $(all_cases long | xargs -n 1 basename -s .sh | paste -sd ' ')"
	fi
	# programs of another release, in a root
	! asked_for '(qemu|firmware)=' || sets+=(roots)
	scripts/dev/install-deps.sh "${sets[@]}" || exit 1
	patience
	KVER=${KVER:-} build "the tests' client" test-client
	# shellcheck disable=SC2086 # several
	(for_each check ${KERNELS:-here})
	status=$?
	if [ "$kind" = all ]; then
		say "results of this run, and of earlier ones with the same sources:"
		tests/run/matrix.sh
	fi
	exit $status ;;
vendor)
	# shellcheck disable=SC2046 # several
	find_kernels $(kernels_sh names vendor)
	need_root_rights "testing with the dkms of other releases"
	scripts/dev/install-deps.sh guest check roots || exit 1
	hold vendor "make check-vendor"
	patience
	# its own results and logs, beside those of "make check"
	export MDEV_CACHE=$CACHE BUILD=$BUILD/vendor
	mkdir -p "$BUILD" || exit 1
	build "the tests' client" BUILD="$BUILD" test-client
	# shellcheck disable=SC2046,SC2086 # several
	for_each vendor ${KERNELS:-$(kernels_sh names vendor)} ;;
packages)
	find_suites packages
	find_cases packages -- "$@"
	[ ${#cases[@]} -gt 0 ] || cases=(tests/packages/*.sh)
	need_room 2000 "$BUILD" "trying the packages"
	need_root_rights "trying the packages in roots of Debian's releases"
	scripts/dev/install-deps.sh build guest check deb rpm repo packages firmware || exit 1
	hold packages "make check-packages"
	patience
	export PACKAGES=$BUILD/packages/files
	rm -rf "$PACKAGES"
	mkdir -p "$PACKAGES" || exit 1
	say "building the packages, and those of a next version"
	(hold deb "make check-packages" && hold rpm "make check-packages" && make_packages >/dev/null) || exit 1
	# shellcheck disable=SC2046,SC2086 # several
	for_each packages ${SUITES:-$(kernels_sh suites packages)} ;;
install)
	find_suites system
	find_cases install -- "$@"
	for tree in ${DKMS_TREES:-}; do
		[ -e "$tree/Makefile" ] ||
			die "DKMS_TREES names $tree, where no source of dkms is: clone one there, or leave it out"
	done
	[ ${#cases[@]} -gt 0 ] || cases=(tests/install/*.sh)
	need_root_rights "trying all on bare machines of Debian's releases"
	scripts/dev/install-deps.sh check roots || exit 1
	hold install "make check-install"
	patience
	# shellcheck disable=SC2046,SC2086 # several
	for_each install ${SUITES:-$(kernels_sh suites system)} ;;
system)
	[ "$HOST_ARCH" = amd64 ] || die "the systems are for amd64, and this machine is $HOST_ARCH"
	find_suites system
	[ -z "${DEB:-}" ] || [ -e "$DEB" ] ||
		die "there is no package DEB=$DEB: name another, or leave out DEB= and have it built"
	need_room 8000 "$BUILD" "the disk of a system"
	scripts/dev/install-deps.sh guest check roots system deb || exit 1
	hold system "make check-system"
	patience
	DEB=${DEB:-$(build_deb)} || exit 1
	# shellcheck disable=SC2046,SC2086 # several
	for_each system ${SUITES:-$(kernels_sh suites system)} ;;
bench|bench-many)
	KERNELS=${KERNELS:-$(kernels_sh names bench | paste -sd ' ')}
	export KERNELS
	# shellcheck disable=SC2046 # several
	find_kernels $(kernels_sh names "$HOST_ARCH")
	need_room 300 "$BUILD" "a run of the benchmarks"
	need_root_rights "building for other kernels than that of the installed headers"
	sets=(guest check roots)
	[ "$kind" = bench ] || sets+=(plot)
	scripts/dev/install-deps.sh "${sets[@]}" || exit 1
	patience
	build "the tests' client" test-client
	# shellcheck disable=SC2086 # several
	(for_each "${kind/-/_}" $KERNELS) || exit 1
	"tests/run/$kind.sh" ;;
*)	die "usage: run.sh check | long | all | vendor | bench | bench-many | packages | install | system [CASE…]" ;;
esac
