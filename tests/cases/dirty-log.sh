# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# DMA logging: a user asks which of its memory a device has written. A device that
# can be migrated has it, by the bridge's own answers or by the driver's, where
# the kernel has iova_bitmap or leaves the feature to the bridge.
# guest: memory=384M timeout=300

parent=/sys/devices/platform/mdev_dirty_test
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
mdev=/sys/bus/mdev/devices/$uuid

load mdev_dirty_test

# make TYPE: a device of the test's driver
make() { ok "create one of type $1" "echo $uuid > $parent/mdev_supported_types/mdev_dirty_test-$1/create"; }
unmake() { ok "remove it" "echo 1 > $mdev/remove"; }

# refused TYPE WHY
refused() {
	fails_with EINVAL "$1 is refused" "echo $uuid > $parent/mdev_supported_types/mdev_dirty_test-$1/create"
	logged "device ops have $2\$" "and the log says why"
	fails "nothing is left" "ls $mdev"
}

step "Ops that don't fit together"
refused log_only 'log ops but no migration_flags'
refused start_only 'some of the log ops but not all three'

step "A device that can't be migrated"
make none
shows '^1\.\.[0-9]+$' "it has no log" vfio-client dirty $uuid without
unmake

step "A device whose hardware writes by another IOMMU"
case $(uname -r) in
5.1[0-5].*)
	make iommu
	ok "VFIO is to open it without" "echo 1 > $mdev/no_iommu"
	shows '^1\.\.[0-9]+$' "it has no log, which would be empty" vfio-client dirty $uuid without
	unmake ;;
*)	fails_with EOPNOTSUPP "this kernel has none" "echo $uuid > $parent/mdev_supported_types/mdev_dirty_test-iommu/create" ;;
esac

kinds=''
! can_report || kinds="pins own"
for kind in $kinds; do
	step "A device of type $kind"
	make "$kind"
	shows '^1\.\.[0-9]+$' "all checks pass" vfio-client dirty $uuid "$kind"
	shows '^1\.\.[0-9]+$' "it survives five threads" vfio-client dirtyrace $uuid 5
	unmake
done

if [ -n "$kinds" ]; then
	step "Bitmaps that end too early, or hardly ever"
	make pins
	start "exec vfio-client dirtyodd $uuid >/run/case/odd"
	within 60 "reports of odd sizes end" "grep -x '1\.\.[0-9]*' /run/case/odd"
	is "without a failure" "$(grep -v '^ok' /run/case/odd | grep -v '^#' | grep -v '^1\.\.')" ""
	start "exec vfio-client dirtyendless $uuid >/run/case/endless"
	within 100 "a long one begins" "grep '^it begins' /run/case/endless"
	sleep 2
	ok "it takes its time" "! grep '^it has ended' /run/case/endless"
	# shellcheck disable=SC2154 # from words.sh
	run "kill -9 $job"
	within 20 "its user can be killed" [ ! -d "/proc/$job" ]
	unmake
fi
if [ -z "$kinds" ]; then
	step "A kernel that can't report"
	for kind in pins own; do
		make $kind
		shows '^1\.\.[0-9]+$' "the device has no log" vfio-client dirty $uuid without
		unmake
	done
fi
ok "it unloads" rmmod mdev_dirty_test

step "A card of mtty"
load mtty
ok "create one" "echo $uuid > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/create"
if [ -n "$kinds" ]; then
	shows '^1\.\.[0-9]+$' "it has a log" vfio-client dirty $uuid card
else
	shows '^1\.\.[0-9]+$' "it has none" vfio-client dirty $uuid without
fi
ok "remove it" "echo 1 > $mdev/remove"
for module in mtty vfio_mdev mdev; do
	ok "unload" rmmod $module
done
