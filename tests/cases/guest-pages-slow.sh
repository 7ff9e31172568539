# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The user's memory, unmapped by a task that gets hardly any time to run, pinned by
# more threads than there are workers, and read by a driver that does not stop when
# the device is closed.
# guest: memory=512M cpus=2 timeout=300

types=/sys/devices/platform/mdev_pages_test/mdev_supported_types
devices=/sys/bus/mdev/devices
tracefs=/sys/kernel/tracing
first=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001

load mdev_pages_test
ok "a device" "echo $first > $types/mdev_pages_test-op/create"
step "A page that is pinned again"
shows '^1\.\.2$' "all checks pass" vfio-client pageslow $first again 1
step "By a device that is closed and opened meanwhile"
shows '^1\.\.2$' "all checks pass" vfio-client pageslow $first reopen 1
step "By others, each opened for the first time, while the one before is closed"
others=
for i in 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35; do
	others="$others 83b8f4f2-509f-382f-3c1e-e6bfe0fa10$i"
	echo "${others##* }" >$types/mdev_pages_test-op/create
done
# shellcheck disable=SC2086 # a list
shows '^1\.\.2$' "all checks pass" vfio-client pageslow $first others 1 $others
for other in $others; do
	echo 1 >$devices/"$other"/remove
done
step "Another page, that is mapped where the last one was kept"
shows '^1\.\.2$' "all checks pass" vfio-client pageslow $first reuse 1
step "A page that is pinned again, and there can be no more files"
files=$(cat /proc/sys/fs/file-max)
echo 0 >/proc/sys/fs/file-max
shows '^1\.\.3$' "all checks pass" vfio-client pageslow $first nofile 1
echo "$files" >/proc/sys/fs/file-max
step "A page after one for whose unmap there was no file"
if grep -qw tracefs /proc/filesystems; then
	[ -d $tracefs/events ] || mount -t tracefs tracefs $tracefs
	echo 1 >$tracefs/events/vfio_mdev/vfio_mdev_unmap/enable
	: >$tracefs/trace
	echo 0 >/proc/sys/fs/file-max
	shows '^1\.\.4$' "all checks pass" vfio-client pageslow $first later 1
	echo "$files" >/proc/sys/fs/file-max
	# the second page's; without checkers each takes one
	gives 1 "the calls are counted from the beginning" \
		"sed -n 's/.*vfio_mdev_unmap: .* iova=0x40002000 .* calls=\([0-9]*\) .*/\1/p' $tracefs/trace | head -n 1"
	echo 0 >$tracefs/events/vfio_mdev/vfio_mdev_unmap/enable
else
	skip "its number of calls" "this kernel has no tracing: tracefs is not in /proc/filesystems"
fi
step "More threads pin than there are workers"
shows '^1\.\.6$' "all checks pass" vfio-client pagemany $first
step "Another page, while VFIO is slow and the driver is being told"
echo 1000 >/sys/module/mdev_pages_test/parameters/unmap_delay_ms
shows '^1\.\.[12]$' "all checks pass" vfio-client pagelate $first
echo 0 >/sys/module/mdev_pages_test/parameters/unmap_delay_ms
step "A driver that reads on when the device is closed"
shows '^1\.\.6$' "all checks pass" vfio-client pagepoll $first
ok "remove it" "echo 1 > $devices/$first/remove"

step "Unloading"
settle
for module in mdev_pages_test vfio_mdev mdev; do
	ok "unload" rmmod $module
done
